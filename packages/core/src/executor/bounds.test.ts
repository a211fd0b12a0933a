import { describe, expect, it } from "vitest";
import { z } from "zod";
import { definePipeline } from "../pipeline/define-pipeline.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import { agent } from "../pipeline/steps/agent.ts";
import { code } from "../pipeline/steps/code.ts";
import { llm } from "../pipeline/steps/llm.ts";
import { map } from "../pipeline/steps/map.ts";
import { parallel } from "../pipeline/steps/parallel.ts";
import { sleep } from "../pipeline/steps/sleep.ts";
import type { RunEvent } from "./events.ts";
import { runPipeline, startRun } from "./run-pipeline.ts";
import { withRuntime } from "./simulated-runtime.fixture.ts";

const input = z.object({ n: z.number() });
const begin = (limits?: { requests?: number; wallMs?: number; outputBytes?: number }) =>
  definePipeline({ name: "bounded", version: 1, input, limits });
const never = () => new Promise<never>(() => {});
const stuck = code({ output: z.number(), run: never });

describe("the limits of a run", () => {
  it("end it by name when its requests are spent", () =>
    withRuntime(async (runtime) => {
      const pipeline = begin({ requests: 2 }).step(
        "all",
        map({
          over: () => ["a", "b", "c"],
          each: (one) => one.step("ask", llm({ prompt: ({ item }) => `Say ${item}.` })),
          concurrency: 1,
        }),
      );
      const run = runPipeline(pipeline, { n: 1 }, runtime);
      await expect(run).rejects.toMatchObject({ code: "REQUEST_BUDGET", facts: { budget: 2 } });
      expect(runtime.requests()).toBe(2);
    }));

  it("hold for what is asked side by side", () =>
    withRuntime(async (runtime) => {
      const pipeline = begin({ requests: 2 }).step(
        "all",
        map({
          over: () => ["a", "b", "c", "d"],
          each: (one) => one.step("ask", llm({ prompt: ({ item }) => `Say ${item}.` })),
          concurrency: 4,
        }),
      );
      await expect(runPipeline(pipeline, { n: 1 }, runtime)).rejects.toMatchObject({
        code: "REQUEST_BUDGET",
      });
      expect(runtime.requests()).toBe(2);
    }));

  it("end it by name when its time is over, and keep what is recorded", () =>
    withRuntime(async (runtime) => {
      const pipeline = begin({ wallMs: 30 })
        .step("quick", code({ output: z.number(), run: () => 1 }))
        .step("stuck", stuck);
      const run = runPipeline(pipeline, { n: 1 }, runtime, { runId: "r" });
      await expect(run).rejects.toMatchObject({ code: "RUN_TIMEOUT", facts: { wallMs: 30 } });
      expect([...(await runtime.checkpoints.read("r")).keys()]).toEqual(["quick"]);
    }));

  it("refuse an output that is too large, with its size", () =>
    withRuntime(async (runtime) => {
      const pipeline = begin({ outputBytes: 100 }).step(
        "big",
        code({ output: z.string(), run: () => "ü".repeat(60) }),
      );
      await expect(runPipeline(pipeline, { n: 1 }, runtime)).rejects.toMatchObject({
        code: "OUTPUT_TOO_LARGE",
        facts: { step: "big", bytes: 122, maxBytes: 100 },
      });
    }));
});

describe("a cancelled run", () => {
  const kinds: Record<string, Pipeline<{ n: number }, unknown>> = {
    "a code step": begin().step("x", stuck),
    "an llm step": begin().step("x", llm({ prompt: "x", cache: false })),
    "an agent step": begin().step("x", agent({ prompt: "x", tools: [], cache: false })),
    "a map step": begin().step("x", map({ over: () => [1, 2, 3], each: (one) => one.step("y", stuck) })),
    "a parallel step": begin().step("x", parallel({ a: stuck, b: stuck })),
    "a sleep step": begin().step("x", sleep({ forMs: 50_000 })),
  };
  it.each(Object.entries(kinds))("ends %s within a second, with its reason", (_name, pipeline) =>
    withRuntime(async ({ clock: _, simulator, ...runtime }) => {
      simulator.script("*", { kind: "hang" });
      const run = startRun(pipeline, { n: 1 }, runtime);
      for await (const event of run.events) if (event.type === "step.started") break;
      const settled = expect(run.result).rejects.toMatchObject({ code: "RUN_CANCELLED" });
      await new Promise(setImmediate);
      const startedAt = performance.now();
      run.cancel();
      await settled;
      expect(performance.now() - startedAt).toBeLessThan(1_000);
    }),
  );
});

it("a pipeline without a step is refused when it is run", () =>
  withRuntime(async (runtime) => {
    await expect(runPipeline(begin(), { n: 1 }, runtime)).rejects.toMatchObject({
      code: "PIPELINE_INVALID",
      message: expect.stringContaining('Pipeline "bounded": it has no step'),
    });
  }));

describe("the events of a run", () => {
  it("tell a run that was stopped from one that failed", () =>
    withRuntime(async (runtime) => {
      const stop = new AbortController();
      const aborting = code({
        output: z.number(),
        run: () => {
          stop.abort(new Error("enough"));
          return 1;
        },
      });
      const pipeline = begin().step("one", aborting).step("two", aborting);
      await expect(runPipeline(pipeline, { n: 1 }, runtime, { signal: stop.signal })).rejects.toThrow(
        "enough",
      );
      expect(runtime.events.at(-1)).toMatchObject({ type: "run.cancelled", usage: { requests: 0 } });
    }));

  it("come as an async iterable that ends with the run", () =>
    withRuntime(async (runtime) => {
      const pipeline = begin().step("both", parallel({ a: code({ output: z.number(), run: () => 1 }) }));
      const run = startRun(pipeline, { n: 1 }, runtime, { runId: "r" });
      const events: RunEvent[] = [];
      for await (const event of run.events) events.push(event);
      expect(events.map((event) => ("step" in event ? `${event.type} ${event.step}` : event.type))).toEqual([
        "run.started",
        "step.started both",
        "step.started both/a",
        "step.completed both/a",
        "step.completed both",
        "run.completed",
      ]);
      expect((await run.result).output).toEqual({ a: 1 });
    }));

  it("name the step that failed, innermost first", () =>
    withRuntime(async (runtime) => {
      const pipeline = begin().step(
        "both",
        parallel({ a: code({ output: z.number(), run: () => Promise.reject(new Error("no")) }) }),
      );
      await expect(runPipeline(pipeline, { n: 1 }, runtime)).rejects.toThrow("no");
      const failed = runtime.events.flatMap((event) => (event.type === "step.failed" ? [event.step] : []));
      expect(failed).toEqual(["both/a", "both"]);
    }));
});
