import { describe, expect, it } from "vitest";
import { z } from "zod";
import { runPipeline } from "../executor/run-pipeline.ts";
import { type SimulatedRuntime, withRuntime } from "../executor/simulated-runtime.fixture.ts";
import { shippedOutlook } from "../models/outlook.ts";
import { definePipeline } from "../pipeline/define-pipeline.ts";
import type { AnyPipeline } from "../pipeline/pipeline.ts";
import { classify } from "../pipeline/ready-made/classify.ts";
import { agent } from "../pipeline/steps/agent.ts";
import { branch } from "../pipeline/steps/branch.ts";
import { code } from "../pipeline/steps/code.ts";
import { llm } from "../pipeline/steps/llm.ts";
import { loop } from "../pipeline/steps/loop.ts";
import { map } from "../pipeline/steps/map.ts";
import { parallel } from "../pipeline/steps/parallel.ts";
import { sub } from "../pipeline/steps/sub.ts";
import { BatchPlanner } from "./batch-planner.ts";
import type { Plan } from "./plan.ts";
import type { PlanTerms } from "./tally.ts";

const begin = (name = "letters") =>
  definePipeline({ name, version: 1, input: z.object({ text: z.string() }) });
const labels = { invoice: "asks to pay", thanks: "thanks somebody" } as const;
const kind = (pack: boolean | { maxItems: number }) =>
  classify({ text: ({ input }: { input: { text: string } }) => input.text, labels, pack });
const title = llm({
  output: z.object({ title: z.string() }),
  prompt: ({ input }: { input: { text: string } }) => `Give the title.\n\n${input.text}`,
});
const letters = (count: number) =>
  Array.from({ length: count }, (_, n) => `Letter ${n}. Please pay 17 euros of money.`);

async function planOf(
  pipeline: AnyPipeline,
  texts: readonly string[],
  { models }: Pick<SimulatedRuntime, "models">,
  more: Partial<PlanTerms> = {},
): Promise<Plan> {
  const terms = { pipeline, models, outlook: await models.outlook(), concurrency: 64, ...more };
  const planner = new BatchPlanner(terms);
  for (const text of texts) await planner.add({ document: { id: text, name: text }, input: { text } });
  return planner.plan();
}

describe("a plan", () => {
  it("costs no request, and says how many a packed step takes", () =>
    withRuntime(async (runtime) => {
      const plan = await planOf(begin().step("kind", kind(true)), letters(100), runtime);
      expect(runtime.requests()).toBe(0);
      const [step] = plan.steps;
      expect(step).toMatchObject({ step: "kind", questions: { min: 100, max: 100 }, isEstimate: false });
      expect(step?.mostPerRequest).toBe(25);
      expect(plan.requests.max).toBeGreaterThanOrEqual(4);
      expect(plan.requests.max).toBeLessThan(15);
      expect(plan.requests.unpacked).toEqual({ min: 100, max: 100 });
      expect(plan.promptTokens).toBeGreaterThan(100 * 10);
    }));

  it("counts what is in the cache exactly, and asks equal documents once", () =>
    withRuntime(async (runtime) => {
      const pipeline = begin().step("title", title);
      for (const text of letters(3)) await runPipeline(pipeline, { text }, runtime);
      const texts = [...letters(5), ...letters(5).slice(3)];
      const plan = await planOf(pipeline, texts, runtime);
      expect(plan.documents).toMatchObject({ total: 7, unique: 5, toRun: 7 });
      expect(plan.steps).toMatchObject([{ cached: 5, requests: { min: 2, max: 2 } }]);
      const anew = await planOf(pipeline, texts, runtime, { fresh: true });
      expect(anew.steps).toMatchObject([{ cached: 0, requests: { min: 7, max: 7 } }]);
      expect(runtime.requests()).toBe(3);
    }));

  it("knows the later prompt of a cached answer, and says that one of an answer to come is an estimate", () =>
    withRuntime(async (runtime) => {
      const pipeline = begin()
        .step("title", title)
        .step("reply", llm({ prompt: ({ steps }) => `Answer the letter.\n\n${steps.title.title}` }));
      await runPipeline(begin().step("title", title), { text: "Letter 0. Please pay." }, runtime);
      const known = await planOf(pipeline, ["Letter 0. Please pay."], runtime);
      expect(known.steps).toMatchObject([{ cached: 1 }, { isEstimate: false, requests: { max: 1 } }]);
      const unknown = await planOf(pipeline, ["Letter 1. Please pay."], runtime);
      expect(unknown.steps).toMatchObject([{ cached: 0 }, { isEstimate: true, requests: { max: 1 } }]);
    }));

  it("gives ranges for what only a run decides, and invents no number of items", () =>
    withRuntime(async (runtime) => {
      const state = z.object({ n: z.number() });
      const pipeline = begin()
        .step("title", title)
        .step("find", agent({ prompt: "x", tools: [], maxSteps: 5 }))
        .step(
          "either",
          branch({
            on: (): "one" | "none" => "one",
            cases: {
              one: (one) => one.step("a", title),
              none: (none) => none.step("b", code({ output: z.string(), run: () => "b" })),
            },
          }),
        )
        .step(
          "rounds",
          loop({
            state,
            start: () => ({ n: 0 }),
            until: () => true,
            maxRounds: 3,
            body: (body) => body.step("c", llm({ output: state, prompt: "x" })),
          }),
        )
        .step("notes", map({ over: () => ["x"], each: (one) => one.step("note", llm({ prompt: "x" })) }));
      const plan = await planOf(pipeline, letters(2), runtime);
      expect(plan.steps.map(({ step, questions, per }) => [step, questions, per])).toEqual([
        ["title", { min: 2, max: 2 }, null],
        ["find", { min: 2, max: 10 }, null],
        ["either/one/a", { min: 0, max: 2 }, null],
        ["rounds/*/c", { min: 2, max: 6 }, null],
        ["notes/*/note", { min: 2, max: 2 }, "item of notes"],
      ]);
      expect(plan.requests).toMatchObject({ min: 6, max: 20, perItem: "1 per item of notes" });
    }));

  it("plans what is asked as one question as one request", () =>
    withRuntime(async (runtime) => {
      const both = begin().step("both", parallel({ kind: kind(false), other: kind(false) }));
      const plan = await planOf(both, letters(3), runtime);
      await runPipeline(both, { text: "Letter 9." }, runtime);
      expect(runtime.requests()).toBe(1);
      expect(plan.requests).toMatchObject({ min: 3, max: 3, unpacked: { max: 6 } });
      expect(plan.steps).toMatchObject([
        { step: "both/kind", requests: { max: 3 }, askedWith: null },
        { step: "both/other", requests: { max: 0 }, questions: { max: 3 }, askedWith: "both/kind" },
      ]);
    }));

  it("goes into pipelines that are steps, whose prompts nobody knows", () =>
    withRuntime(async (runtime) => {
      const inner = begin("inner").step("title", title);
      const pipeline = begin().step(
        "inner",
        sub(inner, ({ input }) => input),
      );
      const plan = await planOf(pipeline, letters(2), runtime);
      expect(plan.steps).toMatchObject([{ isEstimate: true, requests: { min: 2, max: 2 } }]);
    }));

  it("leaves out what has run, is running, cannot be loaded or is no input", () =>
    withRuntime(async ({ models }) => {
      const pipeline = begin().step("title", title);
      const planner = new BatchPlanner({ pipeline, models, outlook: await models.outlook(), concurrency: 1 });
      const document = (name: string) => ({ id: name, name });
      await planner.add({ document: document("a"), input: { text: "a" }, run: "completed" });
      await planner.add({ document: document("b"), input: { text: "b" }, run: "under-way" });
      await planner.add({ document: { id: null, name: "c" }, error: { code: "DOCUMENT_EMPTY" } });
      await planner.add({ document: document("d"), input: { words: "d" } });
      await planner.add({ document: document("e"), input: { text: "e" } });
      expect(planner.plan()).toMatchObject({
        documents: {
          ...{ total: 5, unique: 4, answered: 1, underWay: 1, toRun: 1 },
          failed: { total: 2, codes: { DOCUMENT_EMPTY: 1, INPUT_INVALID: 1 } },
        },
        requests: { min: 1, max: 1 },
      });
    }));
});

describe("the advice of a plan", () => {
  const codes = ({ advice }: Plan) => advice.map(({ code, step }) => [code, step]);

  it("is to pack a step whose items are short, and nothing when it is packed", () =>
    withRuntime(async (runtime) => {
      const plan = await planOf(begin().step("kind", kind(false)), letters(30), runtime);
      expect(codes(plan)).toEqual([["pack", "kind"]]);
      expect(plan.advice[0]?.text).toContain("With `pack: true` about 2 requests would do instead of 30.");
      expect(codes(await planOf(begin().step("kind", kind(true)), letters(30), runtime))).toEqual([]);
    }));

  it("is to work on more runs than one request can hold", () =>
    withRuntime(async (runtime) => {
      const packed = begin().step("kind", kind({ maxItems: 40 }));
      const plan = await planOf(packed, letters(60), runtime, { concurrency: 8 });
      expect(codes(plan)).toEqual([["concurrency", "kind"]]);
    }));

  it("is to leave the document's text as it is in the prompt", () =>
    withRuntime(async (runtime) => {
      const upper = llm({
        prompt: ({ input }: { input: { text: string } }) =>
          `Translate:\n\n${input.text.toUpperCase()}\n${input.text.slice(3)}`,
        pack: true,
      });
      expect(codes(await planOf(begin().step("upper", upper), letters(10), runtime))).toEqual([
        ["prompt", "upper"],
      ]);
    }));

  it("is to cut documents that are too long for every model, which are named", () =>
    withRuntime(async (runtime) => {
      const outlook = await shippedOutlook();
      const texts = [...letters(2), "long word ".repeat(2_000_000)];
      const plan = await planOf(begin().step("title", title), texts, runtime, { outlook });
      expect(codes(plan)).toEqual([["chunk", "title"]]);
      expect(plan.tooLong).toMatchObject({ total: 1, first: [{ step: "title" }] });
      expect(plan.requests.max).toBe(2);
    }));

  it("is to let a halted account go on, and there is no finish before", () =>
    withRuntime(async (runtime) => {
      await runtime.models.ledger.halt("a cost");
      const plan = await planOf(begin().step("title", title), letters(1), runtime);
      expect(codes(plan)).toEqual([["halted", null]]);
      expect(plan.finish).toEqual({ earliest: null, latest: null, unpacked: null });
    }));
});
