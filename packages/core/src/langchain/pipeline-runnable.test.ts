import { RunnableLambda } from "@langchain/core/runnables";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { ParkError } from "../errors/quota-errors.ts";
import { withRuntime } from "../executor/simulated-runtime.fixture.ts";
import { definePipeline } from "../pipeline/define-pipeline.ts";
import { code } from "../pipeline/steps/code.ts";
import { llm } from "../pipeline/steps/llm.ts";
import { map } from "../pipeline/steps/map.ts";
import { sleep } from "../pipeline/steps/sleep.ts";
import { DAY_MS } from "../shared/duration.ts";
import { Heard } from "./heard.fixture.ts";
import { toRunnable } from "./pipeline-runnable.ts";

const text = "ACME GmbH sends an invoice. Total: 120.50 EUR.";
const begin = () => definePipeline({ name: "invoices", version: 1, input: z.object({ text: z.string() }) });
const extracting = begin()
  .step(
    "extract",
    llm({
      output: z.object({ total: z.number() }),
      prompt: ({ input }) => `<document>\n${input.text}\n</document>`,
    }),
  )
  .step("double", code({ output: z.number(), run: ({ steps }) => steps.extract.total * 2 }));
const nesting = begin().step(
  "words",
  map({
    over: ({ input }) => input.text.split(" ").slice(0, 2),
    each: (each) => each.step("size", code({ output: z.number(), run: ({ item }) => item.length })),
  }),
);
const other = (number: number) => ({ text: `Invoice ${number}. Total: ${number}.50 EUR.` });

describe("a pipeline as a Runnable", () => {
  it("gives the pipeline's output for one request, and takes part in a chain", () =>
    withRuntime(async (runtime) => {
      const chain = toRunnable(extracting, runtime).pipe(
        RunnableLambda.from((total: number) => `${total} EUR`),
      );
      expect(await chain.invoke({ text })).toBe("241 EUR");
      expect(runtime.requests()).toBe(1);
    }));

  it("keeps a batch to its concurrency, and gives the outputs in order", () =>
    withRuntime(async (runtime) => {
      const atWork = { now: 0, most: 0 };
      const counting = begin().step(
        "count",
        code({
          output: z.string(),
          run: async ({ input }) => {
            atWork.most = Math.max(atWork.most, ++atWork.now);
            await new Promise((resolve) => setImmediate(resolve));
            atWork.now--;
            return input.text;
          },
        }),
      );
      const inputs = ["a", "b", "c", "d", "e"].map((letter) => ({ text: letter }));
      expect(await toRunnable(counting, runtime).batch(inputs, { maxConcurrency: 2 })).toEqual([..."abcde"]);
      expect(atWork).toEqual({ now: 0, most: 2 });
    }));

  it("asks once for each input of a batch, and gives errors in their places where they are wanted", () =>
    withRuntime(async (runtime) => {
      const inputs = [other(1), other(2), { text: "" }];
      const strict = begin().step(
        "check",
        code({
          output: z.string(),
          run: ({ input }) => {
            if (input.text === "") throw new Error("no text");
            return input.text;
          },
        }),
      );
      await toRunnable(extracting, runtime).batch(inputs.slice(0, 2), { maxConcurrency: 2 });
      expect(runtime.requests()).toBe(2);
      const mixed = await toRunnable(strict, runtime).batch(inputs, {}, { returnExceptions: true });
      expect(mixed).toEqual([other(1).text, other(2).text, expect.objectContaining({ code: "STEP_FAILED" })]);
    }));

  it("streams its output as one chunk", () =>
    withRuntime(async (runtime) => {
      const chunks: unknown[] = [];
      for await (const chunk of await toRunnable(extracting, runtime).stream({ text })) chunks.push(chunk);
      expect(chunks).toEqual([241]);
      expect(runtime.requests()).toBe(1);
    }));

  it("streams its steps and attempts as events, for no request more", () =>
    withRuntime(async (runtime) => {
      const told: string[] = [];
      const chain = toRunnable(extracting, runtime);
      for await (const { event, name } of chain.streamEvents({ text }, { version: "v2" })) {
        told.push(`${event} ${name}`);
      }
      expect(told).toEqual([
        "on_chain_start invoices",
        "on_chain_start extract",
        "on_custom_event sluice.attempt",
        "on_chain_end extract",
        "on_chain_start double",
        "on_chain_end double",
        "on_chain_end invoices",
      ]);
      expect(runtime.requests()).toBe(1);
    }));

  it("rests, fails and refuses as a run does", () =>
    withRuntime(async (runtime) => {
      const sleeping = toRunnable(begin().step("pause", sleep({ forMs: DAY_MS })), runtime);
      await expect(sleeping.invoke({ text })).rejects.toBeInstanceOf(ParkError);
      const given: unknown = { text: 5 };
      const chain = RunnableLambda.from((value: { text: string }) => value).pipe(
        toRunnable(extracting, runtime),
      );
      // A chain written in JavaScript may well give what the types forbid.
      await expect(chain.invoke(given as { text: string })).rejects.toMatchObject({ code: "INPUT_INVALID" });
    }));

  it("resumes under the same run id, and asks nothing twice", () =>
    withRuntime(async (runtime) => {
      let broken = true;
      const pipeline = begin()
        .step(
          "extract",
          llm({ output: z.object({ total: z.number() }), prompt: ({ input }) => input.text, cache: false }),
        )
        .step(
          "check",
          code({
            output: z.boolean(),
            run: () => {
              if (broken) throw new Error("not yet");
              return true;
            },
          }),
        );
      const chain = toRunnable(pipeline, runtime);
      const runId = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff";
      await expect(chain.invoke({ text }, { runId })).rejects.toThrow("not yet");
      broken = false;
      expect(await chain.invoke({ text }, { runId })).toBe(true);
      expect(runtime.requests()).toBe(1);
    }));
});

describe("the callbacks of a pipeline", () => {
  it("hear of each step as a child run with the step's path as name", () =>
    withRuntime(async (runtime) => {
      const heard = new Heard();
      await toRunnable(nesting, runtime).invoke({ text }, { callbacks: [heard] });
      expect(heard.run("invoices")).toMatchObject({ inputs: { text }, outputs: { output: [4, 4] } });
      expect(heard.parentOf("words")).toBe("invoices");
      expect(heard.parentOf("words/0/size")).toBe("words");
      expect(heard.parentOf("words/1/size")).toBe("words");
      expect(heard.run("words/1/size")).toMatchObject({
        metadata: { sluice_step: "words/1/size", sluice_kind: "code" },
        outputs: { cached: false },
      });
      expect(heard.runs).toHaveLength(4);
    }));

  it("hear of each attempt inside its step, without prompt and answer", () =>
    withRuntime(async (runtime) => {
      runtime.simulator.script("*", { kind: "http", status: 500 });
      const heard = new Heard();
      await toRunnable(extracting, runtime).invoke({ text }, { callbacks: [heard] });
      const step = heard.run("extract").id;
      const facts = {
        step: "extract",
        model: expect.stringMatching(/:free$/),
        durationMs: expect.any(Number),
      };
      expect(heard.events).toEqual([
        { name: "sluice.attempt", run: step, facts: { ...facts, outcome: "model-busy" } },
        { name: "sluice.attempt", run: step, facts: { ...facts, outcome: "ok" } },
      ]);
      expect(JSON.stringify([heard.run("extract"), heard.events])).not.toContain("ACME");
      expect(runtime.requests()).toBe(2);
    }));

  it("get the run's id, tags and metadata, the steps included, and so does the runtime's listener", () =>
    withRuntime(async (runtime) => {
      const heard = new Heard();
      const runId = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff";
      const config = { runId, tags: ["night"], metadata: { tenant: "acme" }, callbacks: [heard] };
      await toRunnable(nesting, runtime).invoke({ text }, config);
      expect(heard.run("invoices").id).toBe(runId);
      for (const { tags, metadata } of heard.runs) {
        expect(tags).toContain("night");
        expect(metadata).toMatchObject({ tenant: "acme" });
      }
      expect(new Set(runtime.events.map((event) => event.runId))).toEqual(new Set([runId]));
    }));

  it("hear of what failed, the steps around it included", () =>
    withRuntime(async (runtime) => {
      const heard = new Heard();
      const breaking = begin().step(
        "words",
        map({
          over: () => ["a"],
          each: (each) =>
            each.step(
              "bang",
              code({
                output: z.null(),
                run: () => {
                  throw new Error("too far");
                },
              }),
            ),
        }),
      );
      const run = toRunnable(breaking, runtime).invoke({ text }, { callbacks: [heard] });
      await expect(run).rejects.toMatchObject({ code: "STEP_FAILED" });
      for (const name of ["words/0/bang", "words"]) {
        expect(heard.run(name).error).toMatchObject({ name: "STEP_FAILED" });
      }
      expect(heard.run("invoices").error).toMatchObject({ code: "STEP_FAILED" });
    }));

  it("hear of the end of a step that rests", () =>
    withRuntime(async (runtime) => {
      const heard = new Heard();
      const sleeping = begin().step("pause", sleep({ forMs: DAY_MS }));
      const run = toRunnable(sleeping, runtime).invoke({ text }, { callbacks: [heard] });
      await expect(run).rejects.toBeInstanceOf(ParkError);
      expect(heard.run("pause").error).toBeInstanceOf(ParkError);
      expect(heard.run("invoices").error).toBeInstanceOf(ParkError);
    }));

  it("stop the call when a handler throws that may", () =>
    withRuntime(async (runtime) => {
      const strict = { raiseError: true, awaitHandlers: true };
      const handler = Object.assign(new Heard(), strict, {
        handleChainEnd: () => {
          throw new Error("the handler's disk is full");
        },
      });
      const run = toRunnable(nesting, runtime).invoke({ text }, { callbacks: [handler] });
      await expect(run).rejects.toThrow("the handler's disk is full");
    }));

  it("come from a chain around it by its config, where LangChain was not set up to hand it on by itself", () =>
    withRuntime(async (runtime) => {
      const heard = new Heard();
      const inner = toRunnable(nesting, runtime);
      const outer = RunnableLambda.from((value: { text: string }) => inner.invoke(value));
      expect(await outer.invoke({ text }, { callbacks: [heard] })).toEqual([4, 4]);
      expect(heard.runs.map(({ name }) => name)).toEqual(["RunnableLambda"]);
      const passing = RunnableLambda.from((value: { text: string }, config) => inner.invoke(value, config));
      await passing.invoke({ text }, { callbacks: [heard] });
      expect(heard.parentOf("words")).toBe("invoices");
    }));
});

describe("the signal of a pipeline's config", () => {
  it("stops the run where it stands, with the signal's own reason", () =>
    withRuntime(async (runtime) => {
      runtime.simulator.script("*", { kind: "hang" });
      const heard = new Heard();
      const stop = new AbortController();
      const enough = new Error("enough");
      const config = { signal: stop.signal, callbacks: [heard] };
      const run = toRunnable(extracting, runtime).invoke({ text }, config);
      await expect.poll(() => runtime.requests()).toBe(1);
      stop.abort(enough);
      await expect(run).rejects.toBe(enough);
      expect(runtime.requests()).toBe(1);
      expect(heard.run("extract").error).toBe(enough);
      expect(heard.runs.map(({ name }) => name)).toEqual(["invoices", "extract"]);
    }));

  it("sends nothing when it has aborted before", () =>
    withRuntime(async (runtime) => {
      const signal = AbortSignal.abort(new Error("too late"));
      await expect(toRunnable(extracting, runtime).invoke({ text }, { signal })).rejects.toThrow("too late");
      expect(runtime.requests()).toBe(0);
    }));

  it("may be a timeout", () =>
    withRuntime(async (runtime) => {
      runtime.simulator.script("*", { kind: "hang" });
      const run = toRunnable(extracting, runtime).invoke({ text }, { timeout: 300 });
      await expect(run).rejects.toMatchObject({ name: "TimeoutError" });
    }));
});
