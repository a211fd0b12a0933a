import { describe, expect, it } from "vitest";
import { z } from "zod";
import { definePipeline } from "../pipeline/define-pipeline.ts";
import { code } from "../pipeline/steps/code.ts";
import { llm } from "../pipeline/steps/llm.ts";
import { runPipeline } from "./run-pipeline.ts";
import { withRuntime } from "./simulated-runtime.fixture.ts";

const input = z.object({ text: z.string().min(1) });
const text = "ACME GmbH sends an invoice. Total: 120.50 EUR.";
const begin = () => definePipeline({ name: "invoices", version: 1, input });
const ask = llm({
  output: z.object({ total: z.number() }),
  prompt: ({ input }: { input: { text: string } }) => `<document>\n${input.text}\n</document>`,
});

describe("running a pipeline", () => {
  it("gives the typed output of its last step, and says what it took", () =>
    withRuntime(async (runtime) => {
      const pipeline = begin()
        .step("extract", ask)
        .step(
          "double",
          code({
            output: z.object({ twice: z.number() }),
            run: async ({ steps }) => ({ twice: steps.extract.total * 2 }),
          }),
        );
      const result = await runPipeline(pipeline, { text }, runtime);
      expect(result).toMatchObject({
        output: { twice: 241 },
        requests: 1,
        cached: false,
        models: [expect.stringMatching(/:free$/)],
      });
      expect(runtime.events.map(({ type }) => type)).toEqual([
        "run.started",
        "step.started",
        "step.attempt",
        "step.completed",
        "step.started",
        "step.completed",
        "run.completed",
      ]);
    }));

  it("makes the output from all steps where the pipeline says so", () =>
    withRuntime(async (runtime) => {
      const pipeline = begin()
        .step("length", code({ output: z.number(), run: ({ input }) => input.text.length }))
        .output(({ steps, input }) => `${steps.length} characters, begins with ${input.text.slice(0, 4)}`);
      expect((await runPipeline(pipeline, { text }, runtime)).output).toBe("46 characters, begins with ACME");
    }));

  it("refuses an input that does not fit, with the path, before anything runs", () =>
    withRuntime(async (runtime) => {
      const run = runPipeline(begin().step("extract", ask), { text: "" }, runtime);
      await expect(run).rejects.toMatchObject({
        code: "INPUT_INVALID",
        message: expect.stringMatching(/pipeline "invoices":\ntext: .* \(got ""\)$/),
      });
      expect(runtime.simulator.usedToday()).toBe(0);
    }));

  it("fails with the step's name when its function throws or returns what its schema does not allow", () =>
    withRuntime(async (runtime) => {
      const thrower = begin().step(
        "bang",
        code({
          output: z.number(),
          run: () => {
            throw new RangeError("too far");
          },
        }),
      );
      await expect(runPipeline(thrower, { text }, runtime)).rejects.toMatchObject({
        code: "STEP_FAILED",
        message: 'Step "bang" threw RangeError: too far',
        cause: expect.any(RangeError),
      });
      const short = begin().step("short", code({ output: z.string().max(3), run: () => "long text" }));
      await expect(runPipeline(short, { text }, runtime)).rejects.toMatchObject({ code: "OUTPUT_INVALID" });
    }));

  it("refuses an output that would come back changed from a checkpoint", () =>
    withRuntime(async (runtime) => {
      const dated = begin().step(
        "when",
        code({ output: z.object({ at: z.any() }), run: () => ({ at: new Date(0) }) }),
      );
      await expect(runPipeline(dated, { text }, runtime)).rejects.toMatchObject({
        code: "OUTPUT_INVALID",
        message: expect.stringMatching(/step "when" is not plain JSON: Date at `at`/),
      });
    }));

  it("resumes at the step where it stood and asks nothing twice", () =>
    withRuntime(async (runtime) => {
      let broken = true;
      const pipeline = begin()
        .step("extract", ask)
        .step(
          "check",
          code({
            output: z.boolean(),
            run: ({ steps }) => {
              if (broken) throw new Error("not yet");
              return steps.extract.total > 0;
            },
          }),
        );
      await expect(runPipeline(pipeline, { text }, runtime, { runId: "r1" })).rejects.toThrow("not yet");
      broken = false;
      const resumed = await runPipeline(pipeline, { text }, runtime, { runId: "r1" });
      expect(resumed).toMatchObject({ output: true, requests: 0 });
      expect(runtime.simulator.usedToday()).toBe(1);
      expect(runtime.events).toContainEqual(
        expect.objectContaining({ type: "run.started", runId: "r1", resumedSteps: 1 }),
      );
    }));

  it("redoes a step whose checkpoint is damaged, and repairs the record", () =>
    withRuntime(async (runtime) => {
      const pipeline = begin().step(
        "length",
        code({ output: z.number(), run: ({ input }) => input.text.length }),
      );
      await runtime.checkpoints.write("r1", {
        stepPath: "length",
        text: '{"v":1,"h":"0","p":"99"}',
        expected: null,
      });
      expect((await runPipeline(pipeline, { text }, runtime, { runId: "r1" })).output).toBe(46);
      expect((await runPipeline(pipeline, { text }, runtime, { runId: "r1" })).output).toBe(46);
      expect(runtime.events).toContainEqual(
        expect.objectContaining({ type: "run.started", runId: "r1", resumedSteps: 1 }),
      );
    }));

  it("adopts the output that another worker recorded first", () =>
    withRuntime(async (runtime) => {
      const rival = begin().step("pick", code({ output: z.string(), run: () => "first" }));
      const late = begin().step(
        "pick",
        code({
          output: z.string(),
          run: async () => {
            await runPipeline(rival, { text }, runtime, { runId: "r1" });
            return "second";
          },
        }),
      );
      expect((await runPipeline(late, { text }, runtime, { runId: "r1" })).output).toBe("first");
    }));

  it("stops between steps when its signal aborts", () =>
    withRuntime(async (runtime) => {
      const controller = new AbortController();
      const pipeline = begin()
        .step(
          "one",
          code({
            output: z.number(),
            run: () => {
              controller.abort(new Error("enough"));
              return 1;
            },
          }),
        )
        .step("two", code({ output: z.number(), run: () => 2 }));
      await expect(runPipeline(pipeline, { text }, runtime, { signal: controller.signal })).rejects.toThrow(
        "enough",
      );
      expect(runtime.events.filter(({ type }) => type === "step.started")).toHaveLength(1);
    }));

  it("lets no later step change what an earlier one gave", () =>
    withRuntime(async (runtime) => {
      const pipeline = begin()
        .step("list", code({ output: z.array(z.number()), run: () => [1] }))
        .step(
          "vandal",
          code({
            output: z.number(),
            run: ({ steps }) => {
              (steps as Record<string, unknown>)["list"] = [9];
              return 0;
            },
          }),
        )
        .output(({ steps }) => steps.list);
      expect((await runPipeline(pipeline, { text }, runtime)).output).toEqual([1]);
    }));
});
