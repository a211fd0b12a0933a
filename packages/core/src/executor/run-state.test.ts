import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  delayedState,
  isFinished,
  queuedState,
  type RunState,
  type RunTransition,
  transition,
} from "./run-state.ts";

const usage = { requests: 2, models: ["a/b:free"], cached: false };
const error = { code: "STEP_FAILED", message: "x" };
const transitions: fc.Arbitrary<RunTransition> = fc.oneof(
  fc.constantFrom<RunTransition>(
    { type: "start" },
    { type: "cancel" },
    { type: "wake" },
    { type: "retry" },
    { type: "wait", for: { step: "release", question: "Pay?", until: null }, usage },
    { type: "requeue", usage },
    { type: "complete", usage },
    { type: "fail", error, usage },
  ),
  fc.record({
    type: fc.constant("park" as const),
    until: fc.nat(),
    why: fc.constant("day"),
    usage: fc.constant(usage),
    isRetry: fc.boolean(),
  }),
);

describe("run states", () => {
  it("keep the first recorded end for good", () => {
    const done = transition(queuedState(0), { type: "complete", usage }, 5);
    expect(done).toMatchObject({ status: "completed", finishedAt: 5 });
    expect(done && transition(done, { type: "fail", error, usage }, 6)).toBeNull();
  });

  it("keep the first start and count only retries", () => {
    let run: RunState = queuedState(0);
    const apply = (change: RunTransition, now: number) => {
      run = transition(run, change, now) ?? run;
    };
    apply({ type: "start" }, 10);
    apply({ type: "park", until: 50, why: "day", usage }, 11);
    expect(run).toMatchObject({ status: "parked", parkedUntil: 50, parkedWhy: "day", retries: 0 });
    apply({ type: "start" }, 50);
    apply({ type: "park", until: 60, why: "SERVER_UNREACHABLE", usage, isRetry: true }, 51);
    expect(run).toMatchObject({ startedAt: 10, retries: 1, requests: 2 });
  });

  it("keep the question exactly while a run waits, and wake only a run that does", () => {
    const asked = { step: "release", question: "Pay?", until: 90 };
    const waiting = transition(queuedState(0), { type: "wait", for: asked, usage }, 5);
    expect(waiting).toMatchObject({ status: "waiting", waitingFor: asked, requests: 2, parkedUntil: null });
    expect(waiting && transition(waiting, { type: "wake" }, 6)).toMatchObject({
      status: "queued",
      waitingFor: null,
    });
    expect(transition(queuedState(0), { type: "wake" }, 6)).toBeNull();
  });

  it("begin a retried run's budget and retries anew, and keep what it has cost", () => {
    const failed = transition({ ...queuedState(0), retries: 6 }, { type: "fail", error, usage }, 5);
    expect(failed && transition(failed, { type: "retry" }, 9)).toEqual({
      ...queuedState(0),
      ...usage,
      requestsBefore: 2,
      history: [
        { status: "queued", at: 0 },
        { status: "failed", at: 5, why: "STEP_FAILED" },
        { status: "queued", at: 9 },
      ],
    });
  });

  it("remember when each state began and why, and only the last twenty", () => {
    let run: RunState = delayedState(1, 90);
    for (let at = 2; at <= 30; at++) {
      const change: RunTransition =
        at % 2 === 0 ? { type: "start" } : { type: "park", until: at + 1, why: "day", usage };
      run = transition(run, change, at) ?? run;
      if (at === 3) {
        expect(run.history).toEqual([
          { status: "parked", at: 1, why: "delay" },
          { status: "running", at: 2 },
          { status: "parked", at: 3, why: "day" },
        ]);
      }
    }
    expect(run.history.map(({ at }) => at)).toEqual(Array.from({ length: 20 }, (_, index) => index + 11));
  });

  it("do not remember what did not happen", () => {
    const cancelled = transition(queuedState(0), { type: "cancel" }, 1);
    expect(cancelled && transition(cancelled, { type: "start" }, 2)).toBeNull();
    expect(cancelled?.history.map(({ status }) => status)).toEqual(["queued", "cancelled"]);
  });

  it.each(["queued", "running", "parked", "waiting", "completed"] as const)("retry no %s run", (status) => {
    expect(transition({ ...queuedState(0), status }, { type: "retry" }, 1)).toBeNull();
  });

  it("say until when and why exactly while a run is parked, and when it ended exactly once it has", () => {
    fc.assert(
      fc.property(fc.array(transitions, { maxLength: 20 }), (changes) => {
        let run: RunState = queuedState(0);
        for (const [at, change] of changes.entries()) run = transition(run, change, at) ?? run;
        expect(run.parkedUntil !== null).toBe(run.status === "parked");
        expect(run.waitingFor !== null).toBe(run.status === "waiting");
        expect(run.finishedAt !== null).toBe(isFinished(run.status));
        expect(run.error !== null).toBe(run.status === "failed");
        expect(run.history.at(-1)?.status).toBe(run.status);
        expect(run.history.length).toBeLessThanOrEqual(20);
      }),
    );
  });
});
