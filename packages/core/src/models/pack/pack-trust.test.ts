import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { runPipeline } from "../../executor/run-pipeline.ts";
import { withRuntime } from "../../executor/simulated-runtime.fixture.ts";
import { definePipeline } from "../../pipeline/define-pipeline.ts";
import { llm } from "../../pipeline/steps/llm.ts";
import { MemoryCell } from "../../quota/state-cell.ts";
import { openRouter } from "../openrouter/openrouter.ts";
import { answersAgree, chooseExamples, isSampled } from "./pack-trust.ts";

const example = (n: number) => ({ item: `item ${n}`, answer: `{"n":${n}}` });

describe("the examples of a request for several items", () => {
  it("never show the one that is asked as if nobody knew its answer", () => {
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.nat(5), fc.integer({ min: 2, max: 100 }), random, random, (count, items, a, b) => {
        const examples = Array.from({ length: count }, (_, n) => example(n));
        const { shown, canary } = chooseExamples(examples, items, [a, b]);
        expect(shown).not.toContain(canary);
        expect(shown.length).toBeLessThanOrEqual(2);
        expect(canary !== undefined).toBe(count > 1 && a < items / 25);
        if (count === 1) expect(shown).toEqual(examples);
      }),
    );
  });
});

describe("a second look at an answer", () => {
  it("is not taken when the day is nearly spent", () => {
    expect(isSampled(1, { perDay: 50, usedToday: 30 }, 0)).toBe(true);
    expect(isSampled(1, { perDay: 50, usedToday: 31 }, 0)).toBe(false);
    expect(isSampled(0, { perDay: 50, usedToday: 0 }, 0)).toBe(false);
  });

  it.each([
    [{ label: "Invoice" }, { label: "invoice " }, true],
    [{ total: 12.5, paid: null }, { total: 12.5, paid: null }, true],
    [{ total: 12.5 }, { total: 12.6 }, false],
    [{ label: "invoice" }, { label: "letter" }, false],
    [{ label: "invoice" }, { label: "invoice", why: "it asks for money" }, false],
    [{ tags: ["a", "b"] }, { tags: ["a"] }, false],
    [{ note: "x".repeat(60) }, { note: "y".repeat(60) }, true],
  ])("compares %j with %j: %s", (one, other, agrees) => {
    expect(answersAgree(one, other)).toBe(agrees);
    expect(answersAgree(other, one)).toBe(agrees);
  });
});

describe("trust in packed answers", () => {
  const input = z.object({ text: z.string() });
  const output = z.object({ vendor: z.string() });
  const prompt = ({ input: { text } }: { input: { text: string } }) => `Name the vendor.\n\n${text}`;
  const texts = Array.from({ length: 30 }, (_, n) => `Invoice ${n}.\n\nVendor: Shop ${n} Ltd`);
  const agreementIn = async (cell: MemoryCell) => {
    const state = z.record(z.string(), z.object({ compared: z.number(), agreed: z.number() }));
    const learnt = Object.values(state.parse(JSON.parse((await cell.read()).text ?? "{}")));
    return {
      compared: learnt.reduce((sum, { compared }) => sum + compared, 0),
      agreed: learnt.reduce((sum, { agreed }) => sum + agreed, 0),
    };
  };
  const asked = (
    maxItems: number,
    sample: number,
    examples: ReadonlyArray<{ prompt: string; answer: { vendor: string } }>,
  ) =>
    definePipeline({ name: "p", version: 1, input }).step(
      "vendor",
      llm({ output, prompt, examples, pack: { maxItems, sample } }),
    );
  const play = async (pipeline: ReturnType<typeof asked>) => {
    const packs = new MemoryCell();
    let requests = 0;
    await withRuntime(async ({ simulator, ...runtime }) => {
      const rules = { perMinute: 1_000, perDay: 1_000, gapMs: 20 };
      const cell = (name: string) => (name === "packs" ? packs : new MemoryCell());
      const models = openRouter({ apiKey: "k", baseUrl: simulator.url, rules, cell });
      const runs = await Promise.all(
        texts.map((text) => runPipeline(pipeline, { text }, { ...runtime, models })),
      );
      expect(runs.map((run) => run.output.vendor)).toEqual(texts.map((_, n) => `Shop ${n} Ltd`));
      requests = runtime.requests();
      expect(runs.reduce((sum, run) => sum + run.requests, 0)).toBe(requests);
    });
    return { requests, ...(await agreementIn(packs)) };
  };

  it("is measured by asking one item of a request again, alone", async () => {
    const { requests, compared, agreed } = await play(asked(10, 1, []));
    expect(requests).toBe(6);
    expect(compared).toBeGreaterThan(2);
    expect(agreed).toBe(compared);
    expect(await play(asked(10, 0, []))).toMatchObject({ compared: 0 });
  });

  it("is measured by items whose answers are known", async () => {
    const known = Array.from({ length: 3 }, (_, n) => ({
      prompt: `Name the vendor.\n\nBill ${n}.\n\nVendor: Known ${n} Inc`,
      answer: { vendor: `Known ${n} Inc` },
    }));
    // Two requests each, of which three in five carry one: that none of sixteen does is one chance in two million.
    const plays = Array.from({ length: 8 }, () => play(asked(25, 0, known)));
    const results = await Promise.all(plays);
    const compared = results.reduce((sum, result) => sum + result.compared, 0);
    expect(compared).toBeGreaterThan(0);
    expect(results.reduce((sum, { agreed }) => sum + agreed, 0)).toBe(compared);
  });
});
