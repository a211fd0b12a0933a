import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { SluiceError } from "../../errors/sluice-error.ts";
import { definePipeline } from "../../pipeline/define-pipeline.ts";
import { code } from "../../pipeline/steps/code.ts";
import { llm } from "../../pipeline/steps/llm.ts";
import { map } from "../../pipeline/steps/map.ts";
import { reduce } from "../../pipeline/steps/reduce.ts";
import { estimateTokens } from "../../shared/token-estimate.ts";
import { runPipeline } from "../run-pipeline.ts";
import { withRuntime } from "../simulated-runtime.fixture.ts";
import { groupItems } from "./reduce.ts";

const begin = () =>
  definePipeline({ name: "numbers", version: 1, input: z.object({ items: z.array(z.number()) }) });

/** Works on each item with `work`, which may throw. */
const each = (work: (item: number) => number | Promise<number>, concurrency = 2) =>
  begin().step(
    "all",
    map({
      over: ({ input }) => input.items,
      each: (one) => one.step("work", code({ output: z.number(), run: ({ item }) => work(item) })),
      concurrency,
    }),
  );

describe("a map step", () => {
  it("gives the outputs in the order of the items, whichever is done first", () =>
    withRuntime(async (runtime) => {
      let open: () => void = () => {};
      const gate = new Promise<void>((resolve) => {
        open = resolve;
      });
      const pipeline = each(async (item) => {
        if (item === 1) await gate;
        else open();
        return item * 10;
      });
      const { output } = await runPipeline(pipeline, { items: [1, 2, 3] }, runtime);
      expect(output).toEqual([10, 20, 30]);
    }));

  it("works on no more items at a time than it may", () =>
    withRuntime(async (runtime) => {
      let [now, most] = [0, 0];
      const pipeline = each(async (item) => {
        most = Math.max(most, ++now);
        await new Promise(setImmediate);
        now--;
        return item;
      }, 3);
      await runPipeline(pipeline, { items: Array.from({ length: 12 }, (_, i) => i) }, runtime);
      expect(most).toBe(3);
    }));

  it("fails with the first item that fails, after those at work are recorded, and resumes with what is left", () =>
    withRuntime(async (runtime) => {
      let broken = true;
      const done: number[] = [];
      const pipeline = each((item) => {
        if (item === 2 && broken) throw new Error("two is broken");
        done.push(item);
        return item;
      });
      const run = () => runPipeline(pipeline, { items: [1, 2, 3, 4] }, runtime, { runId: "r" });
      await expect(run()).rejects.toMatchObject({
        code: "STEP_FAILED",
        message: /Step "all\/1\/work" threw/,
      });
      broken = false;
      expect((await run()).output).toEqual([1, 2, 3, 4]);
      expect(done.toSorted()).toEqual([1, 2, 3, 4]);
    }));

  it("collects the errors of items where it is told to, and does not redo them", () =>
    withRuntime(async (runtime) => {
      let calls = 0;
      const collecting = begin().step(
        "all",
        map({
          over: ({ input }) => input.items,
          each: (one) =>
            one.step(
              "work",
              code({
                output: z.number(),
                run: ({ item }) => {
                  calls++;
                  if (item < 0) throw new Error("negative");
                  return item;
                },
              }),
            ),
          onItemError: "collect",
        }),
      );
      const bang = code({ output: z.number(), run: () => Promise.reject(new Error("later")) });
      const failing = collecting.step("bang", bang);
      for (const _ of [1, 2]) {
        await expect(runPipeline(failing, { items: [1, -1] }, runtime, { runId: "r" })).rejects.toThrow(
          "later",
        );
      }
      expect(calls).toBe(2);
      const { output } = await runPipeline(collecting, { items: [5, -5] }, runtime);
      expect(output).toEqual([
        { ok: true, value: 5 },
        { ok: false, error: { code: "STEP_FAILED", message: 'Step "all/1/work" threw Error: negative' } },
      ]);
    }));

  it("collects no error that concerns the whole run", () =>
    withRuntime(async (runtime) => {
      const pipeline = begin().step(
        "all",
        map({
          over: ({ input }) => input.items,
          each: (one) => one.step("ask", llm({ prompt: ({ item }) => `Say ${item}.` })),
          onItemError: "collect",
          concurrency: 1,
        }),
      );
      const run = runPipeline(pipeline, { items: [1, 2, 3] }, runtime, { requestBudget: 2 });
      await expect(run).rejects.toMatchObject({ code: "REQUEST_BUDGET" });
      expect(runtime.requests()).toBe(2);
    }));

  it("holds each item against its schema, and `over` against being an array, before any work", () =>
    withRuntime(async (runtime) => {
      const strict = begin().step(
        "all",
        map({
          over: ({ input }) => input.items,
          item: z.number().max(5),
          each: (one) =>
            one.step("never", code({ output: z.number(), run: () => Promise.reject(new Error("worked")) })),
        }),
      );
      await expect(runPipeline(strict, { items: [1, 9] }, runtime)).rejects.toMatchObject({
        code: "OUTPUT_INVALID",
        message: /^Item 1 of step "all" does not fit its schema:\n.*\(got 9\)$/,
      });
      const wrong = begin().step(
        "all",
        map({
          over: () => JSON.parse('"text"'),
          each: (one) => one.step("x", code({ output: z.number(), run: () => 1 })),
        }),
      );
      await expect(runPipeline(wrong, { items: [] }, runtime)).rejects.toThrow(
        /must give an array, got string/,
      );
    }));
});

describe("a reduce step", () => {
  const summing = (maxGroupItems: number) =>
    begin().step(
      "sum",
      reduce({
        over: ({ input }) => input.items,
        combine: (group) =>
          group.step(
            "add",
            code({ output: z.number(), run: ({ items }) => items.reduce((a, b) => a + b, 0) }),
          ),
        maxGroupItems,
        whenEmpty: () => -1,
      }),
    );

  it("comes to one item, whatever their number", () =>
    withRuntime(async (runtime) => {
      for (const length of [1, 2, 3, 12, 40]) {
        const items = Array.from({ length }, (_, index) => index + 1);
        const { output } = await runPipeline(summing(3), { items }, runtime);
        expect(output).toBe((length * (length + 1)) / 2);
      }
    }));

  it("says what it gives for no item, and fails clearly where that is not said", () =>
    withRuntime(async (runtime) => {
      expect((await runPipeline(summing(3), { items: [] }, runtime)).output).toBe(-1);
      const silent = begin().step(
        "sum",
        reduce({
          over: ({ input }) => input.items,
          combine: (group) => group.step("x", code({ output: z.number(), run: () => 1 })),
        }),
      );
      await expect(runPipeline(silent, { items: [] }, runtime)).rejects.toThrow(/whenEmpty/);
    }));

  it("records each group under its level and number", () =>
    withRuntime(async (runtime) => {
      await runPipeline(summing(2), { items: [1, 2, 3, 4] }, runtime);
      const steps = runtime.events.flatMap((event) => (event.type === "step.completed" ? [event.step] : []));
      expect(steps).toEqual(["sum/0.0/add", "sum/0.1/add", "sum/1.0/add", "sum"]);
    }));

  it("cuts items into groups that lose nothing, keep the order, fit, and shrink every level", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ maxLength: 400 }), { minLength: 2, maxLength: 60 }),
        fc.integer({ min: 100, max: 500 }),
        fc.integer({ min: 2, max: 9 }),
        (items, maxGroupTokens, maxGroupItems) => {
          const groups = groupItems(items, { maxGroupTokens, maxGroupItems });
          expect(groups.flat()).toEqual(items);
          expect(groups.length).toBeLessThan(items.length);
          for (const group of groups) {
            expect(group.length).toBeLessThanOrEqual(maxGroupItems);
            const tokens = group.reduce<number>((sum, item) => sum + estimateTokens(JSON.stringify(item)), 0);
            if (group.length > 2) expect(tokens).toBeLessThanOrEqual(maxGroupTokens);
          }
        },
      ),
    );
  });

  it("fails with a SluiceError alone", () =>
    withRuntime(async (runtime) => {
      const failed = await runPipeline(
        begin().step(
          "sum",
          reduce({
            over: ({ input }) => input.items,
            combine: (group) =>
              group.step("x", code({ output: z.number(), run: () => Promise.reject("a plain text") })),
          }),
        ),
        { items: [1, 2] },
        runtime,
      ).catch((error: unknown) => error);
      expect(SluiceError.has(failed, "STEP_FAILED")).toBe(true);
    }));
});
