import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { z } from "zod";
import { definePipeline } from "./define-pipeline.ts";
import { estimateRequests, type RequestEstimate } from "./estimate.ts";
import type { Block, StepDefinition } from "./step.ts";
import { agent } from "./steps/agent.ts";
import { approve } from "./steps/approve.ts";
import { branch } from "./steps/branch.ts";
import { code } from "./steps/code.ts";
import { llm } from "./steps/llm.ts";
import { loop } from "./steps/loop.ts";
import { map } from "./steps/map.ts";
import { parallel } from "./steps/parallel.ts";
import { reduce } from "./steps/reduce.ts";
import { sleep } from "./steps/sleep.ts";
import { sub } from "./steps/sub.ts";

const begin = (name = "reports") =>
  definePipeline({ name, version: 1, input: z.object({ text: z.string() }) });
const ask = () => llm({ prompt: "x" });
const size = code({ output: z.number(), run: () => 1 });
const lines = (): string[] => [];

describe("the estimate of a pipeline", () => {
  it("counts one request for each llm step, and none for steps that ask no model", () => {
    const pipeline = begin()
      .step("size", size)
      .step("one", ask())
      .step("release", approve({ decision: z.boolean(), question: () => "Go on?" }))
      .step("later", sleep({ forMs: 1 }))
      .step("two", ask());
    expect(estimateRequests(pipeline)).toEqual({ terms: [{ min: 2, max: 2, per: [] }], text: "2" });
    expect(estimateRequests(begin().step("size", size))).toEqual({ terms: [], text: "0" });
  });

  it("counts what each item of a map takes", () => {
    const pipeline = begin()
      .step("notes", map({ over: lines, each: (item) => item.step("a", ask()).step("b", ask()) }))
      .step("title", ask());
    expect(estimateRequests(pipeline)).toEqual({
      terms: [
        { min: 1, max: 1, per: [] },
        { min: 2, max: 2, per: [{ each: "item", step: "notes" }] },
      ],
      text: "1 + 2 per item of notes",
    });
  });

  it("multiplies maps inside maps", () => {
    const pipeline = begin().step(
      "pages",
      map({
        over: lines,
        each: (page) => page.step("lines", map({ over: lines, each: (line) => line.step("read", ask()) })),
      }),
    );
    expect(estimateRequests(pipeline).text).toBe("1 per item of pages per item of lines");
  });

  it("calls steps of the same name by their paths", () => {
    const items = map({ over: lines, each: (item) => item.step("read", ask()) });
    const pipeline = begin().step(
      "both",
      parallel({
        left: (left) => left.step("items", items).step("end", size),
        right: (right) => right.step("items", items).step("end", size),
      }),
    );
    expect(estimateRequests(pipeline).text).toBe(
      "1 per item of both/left/items + 1 per item of both/right/items",
    );
  });

  it.each([
    [12, "about 1 per 11 items of summary"],
    [2, "about 1 per item of summary"],
  ])("knows that groups of %i take all but one of their items away", (maxGroupItems, text) => {
    const combine = reduce({ over: lines, combine: (group) => group.step("merged", ask()), maxGroupItems });
    const estimate = estimateRequests(begin().step("summary", combine));
    expect(estimate).toEqual({
      terms: [{ min: 1, max: 1, per: [{ each: "group", step: "summary", groupItems: maxGroupItems }] }],
      text,
    });
  });

  it("counts every round of a loop, from one to the last", () => {
    const improve = loop({
      state: z.string(),
      start: () => "",
      body: (round) => round.step("draft", ask()).step("better", ask()),
      until: () => true,
      maxRounds: 3,
    });
    expect(estimateRequests(begin().step("draft", improve)).text).toBe("2 to 6");
  });

  it("adds up branches side by side, and takes the least and the most of cases", () => {
    const both = parallel({ tags: ask(), summary: (two) => two.step("draft", ask()).step("final", ask()) });
    expect(estimateRequests(begin().step("both", both)).text).toBe("3");
    const cases = branch({
      on: (): "letter" | "list" | "other" => "other",
      cases: {
        letter: (block) => block.step("a", ask()).step("b", ask()).step("c", ask()),
        list: (block) =>
          block.step("head", ask()).step("rows", map({ over: lines, each: (row) => row.step("r", ask()) })),
        other: (block) => block.step("a", ask()),
      },
    });
    expect(estimateRequests(begin().step("handled", cases)).text).toBe(
      "(1 to 3) + (0 to 1) per item of rows",
    );
  });

  it("lets an agent take from one turn to the most that it may", () => {
    expect(estimateRequests(begin().step("tax", agent({ prompt: "x", tools: [] }))).text).toBe("1 to 8");
    const capped = agent({ prompt: "x", tools: [], maxSteps: 9, maxRequests: 4 });
    expect(estimateRequests(begin().step("tax", capped)).text).toBe("1 to 4");
  });

  it("counts what a pipeline inside takes", () => {
    const inner = begin("invoices").step("extract", ask()).step("check", ask());
    const pipeline = begin()
      .step("first", ask())
      .step(
        "invoice",
        sub(inner, ({ input }) => input),
      );
    expect(estimateRequests(pipeline).text).toBe("3");
  });
});

test("the estimate holds the requests of every pipeline between its bounds", () => {
  fc.assert(
    fc.property(someBlock, fc.integer({ min: 0, max: 4 }), (block, items) => {
      const [min, max] = counted(block, items);
      const estimate = estimateRequests({ ...begin(), ...block });
      expect(amountOf(estimate, "min", items)).toBeLessThanOrEqual(min);
      expect(amountOf(estimate, "max", items)).toBeGreaterThanOrEqual(max);
      if (!JSON.stringify(block).includes('"branch"')) {
        expect([amountOf(estimate, "min", items), amountOf(estimate, "max", items)]).toEqual([min, max]);
      }
    }),
  );
});

/** Blocks of all kinds inside each other, in which a group always has two items. */
const { block: someBlock } = fc.letrec<{ block: Block; step: StepDefinition }>((tie) => {
  const within = (define: (block: Block) => StepDefinition) => tie("block").map(define);
  const only = (block: Block) => () => block;
  return {
    block: fc
      .array(tie("step"), { minLength: 1, maxLength: 3 })
      .map((steps) => ({ steps: steps.map((step, index) => ({ name: `s${index}`, step })) })),
    step: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom(ask().definition, size.definition, agent({ prompt: "x", tools: [] }).definition),
      within((block) => map({ over: lines, each: only(block) }).definition),
      within((block) => reduce({ over: lines, combine: only(block), maxGroupItems: 2 }).definition),
      within((body) => ({ ...rounds, body })),
      fc.tuple(tie("block"), tie("block")).map(([a, b]) => parallel({ a: () => a, b: () => b }).definition),
      fc
        .tuple(tie("block"), tie("block"))
        .map(([a, b]) => branch({ on: (): "a" | "b" => "a", cases: { a: () => a, b: () => b } }).definition),
    ),
  };
});

const rounds = {
  kind: "loop",
  state: z.unknown(),
  start: () => null,
  until: () => true,
  maxRounds: 3,
  onLimit: "keep",
} as const;

/** The fewest and the most requests of a run in which every array has so many items, counted step by step. */
function counted(block: Block, items: number): [min: number, max: number] {
  const each = block.steps.map(({ step }) => countedStep(step, items));
  return [added(each.map(([min]) => min)), added(each.map(([, max]) => max))];
}

function countedStep(step: StepDefinition, items: number): [min: number, max: number] {
  const times = (block: Block, [few, many]: [few: number, many: number]): [number, number] => {
    const [min, max] = counted(block, items);
    return [min * few, max * many];
  };
  switch (step.kind) {
    case "llm":
      return [1, 1];
    case "agent":
      return [1, step.maxSteps];
    case "map":
      return times(step.each, [items, items]);
    case "reduce":
      return times(step.combine, [Math.max(0, items - 1), Math.max(0, items - 1)]);
    case "loop":
      return times(step.body, [1, step.maxRounds]);
    case "parallel":
      return counted({ steps: step.branches.flatMap(({ block }) => block.steps) }, items);
    case "branch": {
      const cases = step.cases.map(({ block }) => counted(block, items));
      return [Math.min(...cases.map(([min]) => min)), Math.max(...cases.map(([, max]) => max))];
    }
    default:
      return [0, 0];
  }
}

/** What the terms come to when every array has so many items. */
function amountOf({ terms }: RequestEstimate, bound: "min" | "max", items: number): number {
  return added(
    terms.map(({ per, ...term }) =>
      per.reduce(
        (product, factor) => product * (factor.each === "item" ? items : Math.max(0, items - 1)),
        term[bound],
      ),
    ),
  );
}

function added(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}
