import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Failure } from "./classify-error.ts";
import { type AttemptHistory, decideRetry } from "./retry-decision.ts";

const calm: AttemptHistory = {
  modelFailures: 0,
  repairs: 0,
  maxRepairs: 1,
  raises: 0,
  maxOutputTokens: 1_000,
  outputLimit: 8_000,
  pauses: 0,
  random: 0.5,
};
const detail = "";

describe("the retry decision", () => {
  it("holds the whole account on its own limits and never walks on", () => {
    expect(decideRetry({ kind: "account-minute", detail, resetAt: 5 }, calm)).toEqual({
      action: "hold-account",
      rejection: { kind: "minute", resetAt: 5, limit: undefined },
    });
    expect(decideRetry({ kind: "account-day", detail }, calm)).toMatchObject({
      action: "hold-account",
      rejection: { kind: "day" },
    });
  });

  it("stops and halts on anything that has to do with the key or with money", () => {
    expect(decideRetry({ kind: "auth", detail }, calm)).toEqual({ action: "stop", halt: true });
    expect(decideRetry({ kind: "money", detail }, calm)).toEqual({ action: "stop", halt: true });
    const priced = decideRetry({ kind: "model-priced", detail }, calm);
    expect(priced).toEqual({ action: "stop", halt: true, distrusts: true });
  });

  it("honours the time a provider names, and grows its own", () => {
    expect(decideRetry({ kind: "model-busy", detail, retryAfterMs: 17_000 }, calm)).toEqual({
      action: "cool-model",
      coolMs: 17_000,
    });
    const cool = (modelFailures: number) =>
      decideRetry({ kind: "model-busy", detail }, { ...calm, modelFailures });
    expect(cool(0)).toEqual({ action: "cool-model", coolMs: 5_000 });
    expect(cool(1)).toEqual({ action: "cool-model", coolMs: 10_000 });
  });

  it("repairs as often as the step allows, then asks the next model", () => {
    expect(decideRetry({ kind: "invalid-answer", detail }, calm).action).toBe("repair");
    expect(decideRetry({ kind: "invalid-answer", detail }, { ...calm, repairs: 1 }).action).toBe("next");
    expect(decideRetry({ kind: "invalid-answer", detail }, { ...calm, maxRepairs: 0 }).action).toBe("next");
  });

  it("gives a cut answer more room once, as far as the model goes", () => {
    const cut: Failure = { kind: "cut-answer", detail };
    expect(decideRetry(cut, calm)).toEqual({ action: "raise-output", maxOutputTokens: 2_000 });
    expect(decideRetry(cut, { ...calm, outputLimit: 1_500 })).toEqual({
      action: "raise-output",
      maxOutputTokens: 1_500,
    });
    expect(decideRetry(cut, { ...calm, raises: 1 }).action).toBe("next");
    expect(decideRetry(cut, { ...calm, outputLimit: 1_000 }).action).toBe("next");
  });

  it("takes a connection that was lost after sending for the model's one request", () => {
    expect(decideRetry({ kind: "network", detail, neverLeft: false }, calm).action).toBe("cool-model");
  });

  it("pauses a bounded number of times for the network", () => {
    const failure: Failure = { kind: "network", detail, neverLeft: true };
    expect([0, 1, 2, 3].map((pauses) => decideRetry(failure, { ...calm, pauses }).action)).toEqual([
      "pause",
      "pause",
      "pause",
      "stop",
    ]);
  });

  it("never cools a model for more than six minutes and a quarter by its own reckoning", () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.double({ min: 0, max: 0.999, noNaN: true }), (modelFailures, random) => {
        const decision = decideRetry({ kind: "model-busy", detail }, { ...calm, modelFailures, random });
        return decision.action === "cool-model" && decision.coolMs >= 3_000 && decision.coolMs <= 375_000;
      }),
    );
  });
});
