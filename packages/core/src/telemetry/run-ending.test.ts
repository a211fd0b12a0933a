import { describe, expect, it } from "vitest";
import { QuotaClosedError } from "../errors/quota-errors.ts";
import { WaitingError } from "../errors/rest-errors.ts";
import { SluiceError } from "../errors/sluice-error.ts";
import { endingOf } from "./run-ending.ts";

const reason = new Error("taken over");
const stopped = AbortSignal.abort(reason);
const failure = (code: "SHUTDOWN" | "RUN_CANCELLED" | "RUN_TIMEOUT") =>
  new SluiceError(code, { message: code });

describe("what an error means for a run", () => {
  it.each([
    ["a worker that stops", failure("SHUTDOWN"), undefined, { status: "queued" }],
    ["a closed quota", new QuotaClosedError(5, "day"), undefined, { status: "parked", until: 5, why: "day" }],
    [
      "a question to a person",
      new WaitingError({ step: "a", question: "?", until: null }),
      undefined,
      { status: "waiting" },
    ],
    ["a cancelled run", failure("RUN_CANCELLED"), undefined, { status: "cancelled" }],
    ["the signal's own reason", reason, stopped, { status: "cancelled" }],
    [
      "another error beside an aborted signal",
      new RangeError("x"),
      stopped,
      { status: "failed", error: { code: "INTERNAL", message: "x" } },
    ],
    [
      "the run's own time limit",
      failure("RUN_TIMEOUT"),
      new AbortController().signal,
      { status: "failed", error: { code: "RUN_TIMEOUT", message: "RUN_TIMEOUT" } },
    ],
  ])("is clear for %s", (_what, error, signal, ending) => {
    expect(endingOf(error, signal)).toEqual(ending);
  });
});
