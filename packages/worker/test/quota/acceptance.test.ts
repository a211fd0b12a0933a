import { RequestMeter } from "@sluice/core";
import { describe, expect, it } from "vitest";
import { openAccount, question } from "./account.ts";

const MIDNIGHT = Date.UTC(2026, 10, 23);
const MINUTE_MS = 60_000;

const CHAIN = [
  "nvidia/nemotron-3-super-120b-a12b:free",
  "google/gemma-4-31b-it:free",
  "qwen/qwen3.8-27b:free",
  "google/gemma-4-26b-a4b-it:free",
  "liquid/lfm-2.5-2.6b:free",
];
const [FIRST = "", SECOND = "", THIRD = "", FOURTH = "", FIFTH = ""] = CHAIN;

/** A question whose answer must be JSON. */
const structured = {
  answer: {
    name: "answer",
    schema: { type: "object", properties: { ok: { type: "boolean" } }, required: ["ok"] },
  },
  accept: ({ text }: { text: string }) =>
    text.trimStart().startsWith("{")
      ? { ok: true as const, value: text }
      : { ok: false as const, problem: "not JSON" },
};

describe("acceptance: one account in difficult times", () => {
  it("4: a chain of five that fail in four ways costs four requests, and is not walked again from its start", async () => {
    await using account = await openAccount();
    const { simulator, ask, asked } = account;
    simulator.script(FIRST, { kind: "upstream-429" });
    simulator.script(SECOND, { kind: "no-endpoints-404" });
    simulator.script(THIRD, { kind: "error-in-200" });
    simulator.script(FOURTH, { kind: "prose" }, { kind: "prose" }, { kind: "prose" });
    const chain = { ...structured, models: CHAIN };
    await expect(ask(chain)).rejects.toMatchObject({
      code: "MODELS_COOLING",
      cause: { code: "CHAIN_EXHAUSTED", facts: { attempts: { length: 4 } } },
    });
    expect(asked()).toEqual([FIRST, SECOND, THIRD, FOURTH]);
    expect(await ask(chain)).toContain("ok");
    expect(asked().slice(4)).toEqual([FOURTH, FOURTH, FIFTH]);
    simulator.assertScriptsSpent();
  });

  it("5: a free variant that ends with a paid suggestion leads to no paid request", async () => {
    await using account = await openAccount();
    const { simulator, ask, asked } = account;
    await ask({ models: [FIRST, SECOND] });
    simulator.script(FIRST, { kind: "vanished" });
    await ask({ models: [FIRST, SECOND] });
    await ask({ models: [FIRST, SECOND] });
    expect(asked()).toEqual([FIRST, FIRST, SECOND, SECOND]);
    const priced = simulator.journal.filter(({ path, counted }) => path.endsWith("/completions") && !counted);
    expect(priced).toEqual([]);
  });

  it("6: a price that rises between two readings of the catalogue is refused by the server's guard, and halts the account", async () => {
    await using account = await openAccount();
    const { simulator, models, ask, asked } = account;
    await models.catalogue();
    simulator.setPrice(FIRST, { prompt: "0.000001", completion: "0.000002" }, MINUTE_MS);
    await expect(ask({ models: [FIRST, SECOND] })).rejects.toMatchObject({ code: "ACCOUNT_HALTED" });
    expect(asked()).toEqual([FIRST]);
    expect(simulator.journal.at(-1)).toMatchObject({ status: 404 });
    await expect(ask({ models: [SECOND] })).rejects.toMatchObject({ code: "ACCOUNT_HALTED" });
    expect(asked()).toHaveLength(1);
  });

  it("7: a reply that reports a cost is the last one until a person resumes", async () => {
    await using account = await openAccount();
    const { simulator, models, ask, asked } = account;
    simulator.script("*", { kind: "cost", cost: 0.01 });
    await expect(ask()).rejects.toMatchObject({ code: "COST_DETECTED", facts: { cost: 0.01 } });
    await expect(ask()).rejects.toMatchObject({ code: "ACCOUNT_HALTED" });
    expect(asked()).toHaveLength(1);
    await models.ledger.resume();
    await ask();
    expect(asked()).toHaveLength(2);
  });

  it.each([
    ["as ours", 0],
    ["ninety seconds behind", -90_000],
    ["ninety seconds ahead", 90_000],
  ])("8: midnight comes by the server's clock, which goes %s", async (_how, clockOffsetMs) => {
    const limits = { perMinute: 20, perDay: 3 };
    await using account = await openAccount({ limits, clockOffsetMs }, MIDNIGHT - 10 * MINUTE_MS);
    const { clock, models, ask, refused, asked } = account;
    await models.syncQuota();
    const askers = Array.from({ length: 3 }, () => ask());
    await Promise.all(askers);
    const closed = await ask().catch((error: unknown) => error);
    expect(closed).toMatchObject({ code: "QUOTA_CLOSED", why: "day" });
    const until = (closed as { until: number }).until;
    expect(until).toBeGreaterThanOrEqual(MIDNIGHT - clockOffsetMs);
    expect(until).toBeLessThan(MIDNIGHT - clockOffsetMs + 10_000);
    clock.advance(until - clock.now() - 1_000);
    await expect(ask()).rejects.toMatchObject({ code: "QUOTA_CLOSED" });
    clock.advance(1_000);
    await ask();
    expect(refused()).toBe(0);
    expect(asked()).toHaveLength(4);
  });

  it("9: what another program has used is learnt without a request, and only the rest is sent", async () => {
    await using account = await openAccount({ limits: { perMinute: 20, perDay: 10 } });
    const { simulator, models, ask, asked, refused } = account;
    simulator.otherUsage(7);
    await models.syncQuota();
    const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => ask()));
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
    expect(asked()).toHaveLength(3);
    expect(refused()).toBe(0);
  });

  it("9: one refusal is enough to hold all work when another program is not known of", async () => {
    await using account = await openAccount({ limits: { perMinute: 20, perDay: 10 } });
    const { simulator, ask, asked, refused } = account;
    simulator.otherUsage(10);
    for (let n = 0; n < 5; n++) await expect(ask()).rejects.toMatchObject({ code: "QUOTA_CLOSED" });
    expect(asked()).toHaveLength(1);
    expect(refused()).toBe(1);
  });

  it("10: without the count of the day in GET /key the ledger counts by itself", async () => {
    await using account = await openAccount({ keyUsage: { reportsFreeRequests: false } });
    const { models, ask, refused } = account;
    await models.syncQuota();
    await ask();
    await models.syncQuota();
    expect(await models.ledger.status()).toMatchObject({ perDay: 50, usedToday: 1 });
    const call = { meter: new RequestMeter({ budget: 100 }), urgent: true };
    for (let n = 1; n < 50; n++) await models.ask(question, call);
    await expect(models.ask(question, call)).rejects.toMatchObject({ code: "QUOTA_CLOSED", why: "day" });
    expect(refused()).toBe(0);
  });
});
