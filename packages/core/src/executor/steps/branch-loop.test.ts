import { describe, expect, it } from "vitest";
import { z } from "zod";
import { definePipeline } from "../../pipeline/define-pipeline.ts";
import { branch } from "../../pipeline/steps/branch.ts";
import { code } from "../../pipeline/steps/code.ts";
import { loop } from "../../pipeline/steps/loop.ts";
import { parallel } from "../../pipeline/steps/parallel.ts";
import { sub } from "../../pipeline/steps/sub.ts";
import { runPipeline } from "../run-pipeline.ts";
import { withRuntime } from "../simulated-runtime.fixture.ts";

const input = z.object({ kind: z.enum(["invoice", "letter"]), count: z.number() });
const begin = () => definePipeline({ name: "flow", version: 1, input });
const constant = (value: string) => code({ output: z.string(), run: () => value });

describe("a branch step", () => {
  const routed = begin().step(
    "route",
    branch({
      on: ({ input }) => input.kind,
      cases: {
        invoice: (block) => block.step("a", constant("an invoice")),
        letter: (block) => block.step("a", constant("a letter")).step("b", constant("read aloud")),
      },
    }),
  );

  it("runs the chosen case alone", () =>
    withRuntime(async (runtime) => {
      expect((await runPipeline(routed, { kind: "letter", count: 0 }, runtime)).output).toBe("read aloud");
      const steps = runtime.events.flatMap((event) => (event.type === "step.completed" ? [event.step] : []));
      expect(steps).toEqual(["route/letter/a", "route/letter/b", "route"]);
    }));

  it("keeps to its choice when the run is resumed", () =>
    withRuntime(async (runtime) => {
      let [choice, broken]: ["invoice" | "letter", boolean] = ["invoice", true];
      const fickle = begin().step(
        "route",
        branch({
          on: (_view): "invoice" | "letter" => choice,
          cases: {
            invoice: (block) =>
              block.step(
                "a",
                code({
                  output: z.string(),
                  run: () => (broken ? Promise.reject(new Error("no")) : "invoice"),
                }),
              ),
            letter: (block) => block.step("a", constant("letter")),
          },
        }),
      );
      const run = () => runPipeline(fickle, { kind: "letter", count: 0 }, runtime, { runId: "r" });
      await expect(run()).rejects.toThrow("no");
      [choice, broken] = ["letter", false];
      expect((await run()).output).toBe("invoice");
    }));

  it("says which cases there are when none bears the value", () =>
    withRuntime(async (runtime) => {
      const wrong = begin().step(
        "route",
        branch({
          on: (_view): "yes" => JSON.parse('"no"'),
          cases: { yes: (block) => block.step("a", constant("x")) },
        }),
      );
      await expect(runPipeline(wrong, { kind: "letter", count: 0 }, runtime)).rejects.toMatchObject({
        code: "STEP_FAILED",
        message: 'Step "route" has no case for "no"; there are: yes.',
      });
    }));

  it("shows the steps of a case the value it was chosen by", () =>
    withRuntime(async (runtime) => {
      const shapes = definePipeline({
        name: "shapes",
        version: 1,
        input: z.discriminatedUnion("type", [
          z.object({ type: z.literal("circle"), radius: z.number() }),
          z.object({ type: z.literal("square"), side: z.number() }),
        ]),
      }).step(
        "size",
        branch({
          on: ({ input }) => input,
          by: "type",
          cases: {
            circle: (block) =>
              block.step("r", code({ output: z.number(), run: ({ value }) => value.radius })),
            square: (block) => block.step("s", code({ output: z.number(), run: ({ value }) => value.side })),
          },
        }),
      );
      expect((await runPipeline(shapes, { type: "square", side: 4 }, runtime)).output).toBe(4);
    }));
});

describe("a loop step", () => {
  const counting = (maxRounds: number, onLimit?: "keep") =>
    begin().step(
      "climb",
      loop({
        state: z.number(),
        start: ({ input }) => input.count,
        body: (round) => round.step("up", code({ output: z.number(), run: ({ state }) => state + 1 })),
        until: ({ state }) => state >= 3,
        maxRounds,
        onLimit,
      }),
    );

  it("repeats until the predicate holds", () =>
    withRuntime(async (runtime) => {
      expect((await runPipeline(counting(10), { kind: "letter", count: 0 }, runtime)).output).toBe(3);
      expect((await runPipeline(counting(10), { kind: "letter", count: 7 }, runtime)).output).toBe(8);
    }));

  it("ends at its bound: with a named error, or with the last state", () =>
    withRuntime(async (runtime) => {
      const run = runPipeline(counting(2), { kind: "letter", count: 0 }, runtime);
      await expect(run).rejects.toMatchObject({
        code: "LOOP_LIMIT",
        message: /"climb".*2 rounds.*maxRounds/s,
      });
      expect((await runPipeline(counting(2, "keep"), { kind: "letter", count: 0 }, runtime)).output).toBe(2);
    }));
});

describe("a parallel step", () => {
  it("runs its branches side by side and joins them under their names", () =>
    withRuntime(async (runtime) => {
      let arrived = 0;
      const meet = async () => {
        arrived++;
        while (arrived < 2) await new Promise(setImmediate);
        return "met";
      };
      const both = begin().step(
        "both",
        parallel({
          left: code({ output: z.string(), run: meet }),
          right: (inner) =>
            inner.step("one", code({ output: z.string(), run: meet })).step("two", constant("right")),
        }),
      );
      expect((await runPipeline(both, { kind: "letter", count: 0 }, runtime)).output).toEqual({
        left: "met",
        right: "right",
      });
      const steps = runtime.events.flatMap((event) => (event.type === "step.completed" ? [event.step] : []));
      expect(steps.toSorted()).toEqual(["both", "both/left", "both/right/one", "both/right/two"]);
    }));

  it("lets the other branch finish when one fails, so that nothing paid is lost", () =>
    withRuntime(async (runtime) => {
      let calls = 0;
      let broken = true;
      const both = begin().step(
        "both",
        parallel({
          bad: code({
            output: z.string(),
            run: () => (broken ? Promise.reject(new Error("bad")) : "good now"),
          }),
          slow: code({
            output: z.string(),
            run: async () => {
              calls++;
              await new Promise(setImmediate);
              return "slow";
            },
          }),
        }),
      );
      const run = () => runPipeline(both, { kind: "letter", count: 0 }, runtime, { runId: "r" });
      await expect(run()).rejects.toThrow("bad");
      broken = false;
      expect((await run()).output).toEqual({ bad: "good now", slow: "slow" });
      expect(calls).toBe(1);
    }));
});

describe("a pipeline as a step", () => {
  const inner = definePipeline({ name: "inner", version: 3, input: z.object({ word: z.string().max(8) }) })
    .step("length", code({ output: z.number(), run: ({ input }) => input.word.length }))
    .output(({ input, steps }) => `${input.word}: ${steps.length}`);

  it("sees its own input and steps alone, and gives its own output", () =>
    withRuntime(async (runtime) => {
      const outer = begin()
        .step("length", constant("outer"))
        .step(
          "told",
          sub(inner, ({ input }) => ({ word: input.kind })),
        )
        .output(({ steps }) => [steps.length, steps.told]);
      expect((await runPipeline(outer, { kind: "letter", count: 0 }, runtime)).output).toEqual([
        "outer",
        "letter: 6",
      ]);
    }));

  it("refuses an input that does not fit it", () =>
    withRuntime(async (runtime) => {
      const outer = begin().step(
        "told",
        sub(inner, ({ input }) => ({ word: input.kind.repeat(3) })),
      );
      await expect(runPipeline(outer, { kind: "letter", count: 0 }, runtime)).rejects.toMatchObject({
        code: "INPUT_INVALID",
        message: /pipeline "inner":\nword: .*got "letterletterletter"/,
      });
    }));
});
