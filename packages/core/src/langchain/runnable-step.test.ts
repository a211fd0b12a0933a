import { StringOutputParser } from "@langchain/core/output_parsers";
import { ChatPromptTemplate } from "@langchain/core/prompts";
import { type RunnableConfig, RunnableLambda } from "@langchain/core/runnables";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { QuotaClosedError } from "../errors/quota-errors.ts";
import { runPipeline } from "../executor/run-pipeline.ts";
import { withRuntime } from "../executor/simulated-runtime.fixture.ts";
import { chatModel } from "../models/openrouter/chat-model.ts";
import { definePipeline } from "../pipeline/define-pipeline.ts";
import { map } from "../pipeline/steps/map.ts";
import { Heard } from "./heard.fixture.ts";
import { toRunnable } from "./pipeline-runnable.ts";
import { type RunnableOptions, runnable } from "./runnable-step.ts";

type Input = { text: string };
const text = "ACME GmbH sends an invoice. Total: 120.50 EUR.";
const begin = () => definePipeline({ name: "words", version: 1, input: z.object({ text: z.string() }) });

/** A pipeline of one step that calls this function as a Runnable. */
function calling(
  work: (given: string, config: RunnableConfig) => unknown,
  more: Partial<RunnableOptions<{ input: Input }, string, unknown>> = {},
) {
  const called = RunnableLambda.from(work).withConfig({ runName: "work" });
  return begin().step(
    "call",
    runnable({
      runnable: called,
      input: ({ input }: { input: Input }) => input.text,
      output: z.unknown(),
      ...more,
    }),
  );
}

describe("a Runnable as a step", () => {
  it("is given what the step makes of the view, and its output is the step's", () =>
    withRuntime(async (runtime) => {
      const { output } = await runPipeline(
        calling((given) => given.split(" ").length),
        { text },
        runtime,
      );
      expect(output).toBe(8);
    }));

  it("asks free models through the layer when it is built on chatModel()", () =>
    withRuntime(async (runtime) => {
      const prompt = ChatPromptTemplate.fromMessages([
        ["user", "Summarise.\n<document>\n{text}\n</document>"],
      ]);
      const chain = prompt.pipe(chatModel(runtime.models)).pipe(new StringOutputParser());
      const pipeline = begin().step(
        "summary",
        runnable({ runnable: chain, input: ({ input }) => input, output: z.string().min(1) }),
      );
      const { output } = await runPipeline(pipeline, { text }, runtime);
      expect(output).toEqual(expect.any(String));
      await runPipeline(pipeline, { text }, runtime);
      expect(runtime.requests()).toBe(1);
      expect((await runtime.models.ledger.status()).usedToday).toBe(1);
    }));

  it("is refused when its output does not fit the schema", () =>
    withRuntime(async (runtime) => {
      const pipeline = calling(() => "many", { output: z.number() });
      await expect(runPipeline(pipeline, { text }, runtime)).rejects.toMatchObject({
        code: "OUTPUT_INVALID",
        facts: { step: "call" },
      });
    }));

  it("fails the step with its error as cause, after as many tries as the step says", () =>
    withRuntime(async (runtime) => {
      let calls = 0;
      const failing = (): never => {
        calls++;
        throw new Error("no luck");
      };
      const pipeline = calling(failing, { retry: { maxAttempts: 3, delayMs: 0 } });
      await expect(runPipeline(pipeline, { text }, runtime)).rejects.toMatchObject({
        code: "STEP_FAILED",
        cause: expect.objectContaining({ message: "no luck" }),
      });
      expect(calls).toBe(3);
    }));

  it("parks the run when the quota is closed, however deep LangChain has wrapped that", () =>
    withRuntime(async (runtime) => {
      const closed = new QuotaClosedError(runtime.clock.now() + 60_000, "day");
      const wrapping = (): never => {
        throw new Error("middleware", { cause: new Error("agent", { cause: closed }) });
      };
      await expect(runPipeline(calling(wrapping), { text }, runtime)).rejects.toBe(closed);
      expect(runtime.events.at(-1)).toMatchObject({ type: "run.parked", why: "day" });
    }));

  it("is stopped by the run's signal", () =>
    withRuntime(async (runtime) => {
      const stop = new AbortController();
      let given: AbortSignal | undefined;
      const hanging = (_text: string, { signal }: RunnableConfig) => {
        given = signal;
        stop.abort(new Error("enough"));
        return new Promise(() => {});
      };
      const run = runPipeline(calling(hanging), { text }, runtime, { signal: stop.signal });
      await expect(run).rejects.toThrow("enough");
      expect(given?.aborted).toBe(true);
    }));

  it("changes the pipeline's fingerprint with its name and with the source of its input", () => {
    const one = calling(() => 1);
    expect(calling(() => 2).fingerprint).toBe(one.fingerprint);
    expect(calling(() => 1, { input: ({ input }) => input.text.trim() }).fingerprint).not.toBe(
      one.fingerprint,
    );
    const parser = new StringOutputParser();
    expect(calling(() => 1, { runnable: parser }).fingerprint).not.toBe(one.fingerprint);
  });
});

describe("the callbacks of a Runnable as a step", () => {
  it("are those of the Runnable around the pipeline, beneath the step", () =>
    withRuntime(async (runtime) => {
      const heard = new Heard();
      await toRunnable(
        calling((given) => given),
        runtime,
      ).invoke({ text }, { callbacks: [heard] });
      expect(heard.parentOf("work")).toBe("call");
      expect(heard.parentOf("call")).toBe("words");
    }));

  it("are each item's own where items run side by side, and after a failed try", () =>
    withRuntime(async (runtime) => {
      const tried = new Set<string>();
      const called = RunnableLambda.from(async (word: string) => {
        await new Promise((resolve) => setImmediate(resolve));
        if (tried.has(word)) return word;
        tried.add(word);
        throw new Error("not yet");
      }).withConfig({ runName: "work" });
      const pipeline = begin().step(
        "each",
        map({
          over: ({ input }) => input.text.split(" ").slice(0, 4),
          each: (each) =>
            each.step(
              "call",
              runnable({
                runnable: called,
                input: ({ item }) => item,
                output: z.string(),
                retry: { maxAttempts: 2, delayMs: 0 },
              }),
            ),
          concurrency: 4,
        }),
      );
      const heard = new Heard();
      await toRunnable(pipeline, runtime).invoke({ text }, { callbacks: [heard] });
      const words = text.split(" ").slice(0, 4);
      const byId = new Map(heard.runs.map((run) => [run.id, run.name]));
      const calls = heard.runs.filter(({ name }) => name === "work");
      expect(calls).toHaveLength(8);
      for (const { inputs, parent } of calls) {
        const index = words.indexOf(z.object({ input: z.string() }).parse(inputs).input);
        expect(byId.get(parent ?? "")).toBe(`each/${index}/call`);
      }
    }));

  it("are none when nobody around the run listens", () =>
    withRuntime(async (runtime) => {
      let callbacks: unknown = "not called";
      const looking = (_text: string, config: RunnableConfig) => {
        callbacks = config.callbacks;
        return null;
      };
      await runPipeline(calling(looking), { text }, runtime);
      expect(callbacks).toBeUndefined();
      await toRunnable(calling(looking), runtime).invoke({ text });
      expect(callbacks).toBeUndefined();
    }));
});
