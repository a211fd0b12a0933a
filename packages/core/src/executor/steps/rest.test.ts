import { describe, expect, it } from "vitest";
import { z } from "zod";
import { WaitingError } from "../../errors/rest-errors.ts";
import { definePipeline } from "../../pipeline/define-pipeline.ts";
import { approve } from "../../pipeline/steps/approve.ts";
import { code } from "../../pipeline/steps/code.ts";
import { map } from "../../pipeline/steps/map.ts";
import { parallel } from "../../pipeline/steps/parallel.ts";
import { sleep } from "../../pipeline/steps/sleep.ts";
import { DAY_MS, MINUTE_MS } from "../../shared/duration.ts";
import { decide } from "../decide.ts";
import { runPipeline } from "../run-pipeline.ts";
import { withRuntime } from "../simulated-runtime.fixture.ts";

const begin = () => definePipeline({ name: "payments", version: 1, input: z.object({ total: z.number() }) });
const decision = z.object({ ok: z.boolean() });
const releasing = begin().step(
  "release",
  approve({
    decision,
    question: ({ input }) => `Pay ${input.total}?`,
    timeoutMs: DAY_MS,
    onTimeout: () => ({ ok: false }),
  }),
);
const options = { runId: "r" };

describe("an approve step", () => {
  it("lets the run wait with its question, and goes on with the decision", () =>
    withRuntime(async (runtime) => {
      const waiting = await runPipeline(releasing, { total: 5 }, runtime, options).catch(
        (error: unknown) => error,
      );
      expect(waiting).toBeInstanceOf(WaitingError);
      expect(waiting).toMatchObject({
        code: "WAITING",
        step: "release",
        question: "Pay 5?",
        until: runtime.clock.now() + DAY_MS,
      });
      expect(runtime.events.at(-1)).toMatchObject({ type: "run.waiting", step: "release" });
      await decide(runtime.checkpoints, {
        runId: "r",
        pipeline: releasing,
        step: "release",
        decision: { ok: true },
      });
      expect((await runPipeline(releasing, { total: 5 }, runtime, options)).output).toEqual({ ok: true });
    }));

  it("counts the first decision, and tells the second one which that was", () =>
    withRuntime(async (runtime) => {
      const request = { runId: "r", pipeline: releasing, step: "release" };
      expect(await decide(runtime.checkpoints, { ...request, decision: { ok: true } })).toEqual({ ok: true });
      expect(await decide(runtime.checkpoints, { ...request, decision: { ok: false } })).toEqual({
        ok: true,
      });
    }));

  it("decides by itself when its time is over, which a restart does not begin anew", () =>
    withRuntime(async (runtime) => {
      const run = () => runPipeline(releasing, { total: 5 }, runtime, options);
      await expect(run()).rejects.toThrow(WaitingError);
      runtime.clock.advance(DAY_MS - 1);
      await expect(run()).rejects.toThrow(WaitingError);
      runtime.clock.advance(1);
      expect((await run()).output).toEqual({ ok: false });
      const late = { runId: "r", pipeline: releasing, step: "release", decision: { ok: true } };
      expect(await decide(runtime.checkpoints, late)).toEqual({ ok: false });
    }));

  it("refuses a decision that does not fit, and a step that is none", () =>
    withRuntime(async (runtime) => {
      const wrong = decide(runtime.checkpoints, {
        runId: "r",
        pipeline: releasing,
        step: "release",
        decision: { ok: "yes" },
      });
      await expect(wrong).rejects.toMatchObject({
        code: "OPTION_INVALID",
        message: /"release":\nok: .*got "yes"/,
      });
      const nowhere = decide(runtime.checkpoints, {
        runId: "r",
        pipeline: releasing,
        step: "other",
        decision: {},
      });
      await expect(nowhere).rejects.toThrow(/no approve step "other".*there are: release/);
    }));

  it("waits inside a map for each item on its own", () =>
    withRuntime(async (runtime) => {
      const each = begin().step(
        "all",
        map({
          over: () => [1, 2],
          each: (one) => one.step("ok", approve({ decision, question: ({ item }) => `Item ${item}?` })),
          concurrency: 1,
        }),
      );
      const run = () => runPipeline(each, { total: 1 }, runtime, options);
      const answer = (step: string) =>
        decide(runtime.checkpoints, {
          runId: "r",
          pipeline: each,
          step,
          decision: { ok: step.includes("0") },
        });
      await expect(run()).rejects.toMatchObject({ step: "all/0/ok", until: null });
      await answer("all/0/ok");
      await expect(run()).rejects.toMatchObject({ step: "all/1/ok" });
      await answer("all/1/ok");
      expect((await run()).output).toEqual([{ ok: true }, { ok: false }]);
    }));
});

describe("steps that stop side by side", () => {
  const asking = approve({ decision, question: () => "?" });
  const napping = sleep({ forMs: DAY_MS });
  const failing = code({ output: z.number(), run: () => Promise.reject(new Error("broken")) });
  const outcome = (branches: Record<string, typeof asking | typeof napping | typeof failing>) => {
    let ended: unknown;
    return withRuntime(async (runtime) => {
      const pipeline = begin().step("all", parallel(branches));
      ended = await runPipeline(pipeline, { total: 1 }, runtime).catch((error: unknown) => error);
    }).then(() => ended);
  };

  it("come to a failure before a rest, and to a rest that ends by itself before one that needs a person", async () => {
    expect(await outcome({ a: asking, b: napping, c: failing })).toMatchObject({ code: "STEP_FAILED" });
    expect(await outcome({ a: asking, b: napping })).toMatchObject({ code: "SLEEPING" });
    expect(await outcome({ a: asking, b: asking })).toMatchObject({ code: "WAITING", step: "all/a" });
  });
});

describe("a sleep step", () => {
  it("waits in place for a short time", () =>
    withRuntime(async (runtime) => {
      const start = runtime.clock.now();
      const { output } = await runPipeline(
        begin().step("nap", sleep({ forMs: 30_000 })),
        { total: 1 },
        runtime,
      );
      expect(output).toBe(new Date(start + 30_000).toISOString());
      expect(runtime.clock.now()).toBe(start + 30_000);
    }));

  it("parks the run for a long time, and keeps to the time it set at first", () =>
    withRuntime(async (runtime) => {
      const start = runtime.clock.now();
      const pipeline = begin().step("night", sleep({ forMs: DAY_MS }));
      const run = () => runPipeline(pipeline, { total: 1 }, runtime, options);
      await expect(run()).rejects.toMatchObject({ code: "SLEEPING", until: start + DAY_MS, why: "sleep" });
      runtime.clock.advance(DAY_MS - MINUTE_MS / 2);
      expect((await run()).output).toBe(new Date(start + DAY_MS).toISOString());
    }));

  it("goes on at once when the time has passed, and fails clearly for what is no time", () =>
    withRuntime(async (runtime) => {
      const past = begin().step("past", sleep({ until: () => "2020-01-01T00:00:00Z" }));
      expect((await runPipeline(past, { total: 1 }, runtime)).output).toBe("2020-01-01T00:00:00.000Z");
      const never = begin().step("never", sleep({ until: () => "soon" }));
      await expect(runPipeline(never, { total: 1 }, runtime)).rejects.toThrow(/gave no time/);
    }));
});

describe("a code step", () => {
  it("is called again after an error as often as it says, with growing waits", () =>
    withRuntime(async (runtime) => {
      const start = runtime.clock.now();
      let calls = 0;
      const flaky = begin().step(
        "flaky",
        code({
          output: z.number(),
          run: () => (++calls < 3 ? Promise.reject(new Error("flaky")) : calls),
          retry: { maxAttempts: 3, delayMs: 100 },
        }),
      );
      expect((await runPipeline(flaky, { total: 1 }, runtime)).output).toBe(3);
      expect(runtime.clock.now() - start).toBe(100 + 200);
    }));

  it("is stopped after its time, told so by its signal, and named in the error", () =>
    withRuntime(async (runtime) => {
      let told = false;
      const slow = begin().step(
        "slow",
        code({
          output: z.number(),
          timeoutMs: 20,
          run: ({ signal }) =>
            new Promise<number>(() => {
              signal.addEventListener("abort", () => {
                told = true;
              });
            }),
        }),
      );
      await expect(runPipeline(slow, { total: 1 }, runtime)).rejects.toMatchObject({
        code: "STEP_TIMEOUT",
        facts: { step: "slow", timeoutMs: 20 },
      });
      expect(told).toBe(true);
    }));

  it("knows its run and its document, and speaks in the run's log", () =>
    withRuntime(async (runtime) => {
      const talking = begin().step(
        "talk",
        code({
          output: z.string(),
          run: ({ run, document, log }) => {
            log("looked it up", { hits: 3 });
            return `${run.id} ${document?.name}`;
          },
        }),
      );
      const document = { id: "9f", name: "a.txt" };
      expect((await runPipeline(talking, { total: 1 }, runtime, { ...options, document })).output).toBe(
        "r a.txt",
      );
      expect(runtime.events).toContainEqual({
        type: "step.log",
        runId: "r",
        step: "talk",
        message: "looked it up",
        facts: { hits: 3 },
      });
    }));
});
