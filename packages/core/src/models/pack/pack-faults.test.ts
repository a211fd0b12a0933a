import type { Fault } from "@sluice/simulator";
import { describe, expect, it } from "vitest";
import { runPipeline } from "../../executor/run-pipeline.ts";
import { quotesFrom } from "../../pipeline/ready-made/quotes-from.ts";
import { bills, type Packing, vendors, vendorsOf, withPacking } from "./packing.fixture.ts";

const texts = bills(6);

/** The texts of each request after the first, which only keeps the account busy. */
const requestsOf = ({ asked }: Packing) => asked(texts).slice(1);
const textsOf = (packing: Packing) => requestsOf(packing).map((request) => request.texts);

/** How often each text was asked about. */
const timesAsked = (packing: Packing) =>
  texts.map((text) => textsOf(packing).filter((asked) => asked.includes(text)).length);

/** Two prose answers, and two more from the next model. */
const uselessAlone: Fault[] = Array.from({ length: 4 }, () => ({ kind: "prose" }));

describe("a reply to several items with a fault", () => {
  it.each<[string, Fault, missing: number[]]>([
    ["leaves an item out", { kind: "pack-drop", index: 2 }, [2]],
    ["answers an item twice, differently", { kind: "pack-contradict", index: 1 }, [1]],
    ["misspells an id", { kind: "pack-unknown-id", index: 0 }, [0]],
    ["breaks one entry", { kind: "pack-break", index: 3 }, [3]],
    ["answers an item twice, alike", { kind: "pack-repeat", index: 1 }, []],
    ["has an entry without an id", { kind: "pack-extra" }, []],
    ["has an entry under an id of its own", { kind: "pack-extra", id: "zzzzz" }, []],
    ["is in another order", { kind: "pack-reorder" }, []],
    ["is shuffled", { kind: "pack-reorder", order: "shuffled" }, []],
    ["stands in a fence", { kind: "fenced" }, []],
  ])(
    "that %s: every item gets its own answer, and only what is missing is asked again, first",
    async (_, fault, missing) => {
      await withPacking(async (packing) => {
        packing.simulator.script("*", fault);
        expect(await packing.runAll(vendorsOf(), texts)).toEqual(vendors(6));
        packing.simulator.assertScriptsSpent();
        expect(timesAsked(packing)).toEqual(texts.map((_text, n) => (missing.includes(n) ? 2 : 1)));
        const [first, second = []] = textsOf(packing);
        expect(first).toEqual(texts.slice(0, 4));
        expect(second.slice(0, missing.length)).toEqual(missing.map((n) => texts[n]));
      });
    },
  );

  it.each<[string, Fault]>([
    ["numbers the items anew", { kind: "pack-renumber" }],
    ["is prose", { kind: "prose" }],
    ["holds nothing", { kind: "empty" }],
    ["comes from a busy model: it is a 429", { kind: "upstream-429", retryAfterSeconds: 30 }],
    ["never comes", { kind: "reset" }],
  ])("that %s: the next model is asked about all items at once", async (_, fault) => {
    await withPacking(async (packing) => {
      packing.simulator.script("*", fault);
      expect(await packing.runAll(vendorsOf(), texts.slice(0, 4))).toEqual(vendors(4));
      const [first, second, ...more] = requestsOf(packing);
      expect(more).toEqual([]);
      expect(second?.texts).toEqual(first?.texts);
      expect(second?.model).not.toBe(first?.model);
    });
  });

  it("that is cut: its whole entries are taken, and requests are half as large then", async () => {
    await withPacking(async (packing) => {
      const many = bills(24);
      packing.simulator.script("*", { kind: "truncated" });
      expect(await packing.runAll(vendorsOf({ maxItems: 8 }), many)).toEqual(vendors(24));
      const [, first, second, ...later] = packing.asked(many);
      expect(first?.texts).toEqual(many.slice(0, 8));
      const missing = many.slice(0, 8).filter((text) => second?.texts.includes(text));
      expect(missing.length).toBeGreaterThan(0);
      expect(missing.length).toBeLessThan(8);
      expect(many.slice(0, 8).slice(-missing.length)).toEqual(missing);
      expect(second?.texts.slice(0, missing.length).toSorted()).toEqual(missing.toSorted());
      expect([second, ...later].map((request) => request?.texts.length)).toContain(4);
    });
  });

  it("that gives an item the answer of another: a check that holds it against its item finds out", async () => {
    const checked = vendorsOf({ check: ({ input, output }) => quotesFrom(input.text)(output.vendor) });
    await withPacking(async (packing) => {
      packing.simulator.script("*", { kind: "pack-cross", index: 1 });
      expect(await packing.runAll(checked, texts)).toEqual(vendors(6));
      expect(timesAsked(packing)).toEqual([1, 2, 1, 1, 1, 1]);
    });
  });
});

describe("an item that fails again and again", () => {
  const twice: Fault[] = [
    { kind: "pack-drop", index: 0 },
    { kind: "pack-drop", index: 0 },
  ];

  it("is asked alone after two failures in company", async () => {
    await withPacking(async (packing) => {
      packing.simulator.script("*", ...twice);
      expect(await packing.runAll(vendorsOf(), texts.slice(0, 5))).toEqual(vendors(5));
      expect(requestsOf(packing).map(({ texts: asked, isPacked }) => [asked, isPacked])).toEqual([
        [texts.slice(0, 4), true],
        [[texts[0], texts[4]], true],
        [[texts[0]], false],
      ]);
    });
  });

  it("fails its own run alone, with what was wrong", async () => {
    await withPacking(async (packing) => {
      packing.simulator.script("*", ...twice, ...uselessAlone);
      const runs = texts.slice(0, 5).map((text) => runPipeline(vendorsOf(), { text }, packing));
      const [failed, ...others] = await packing.settle(runs);
      expect(failed).toMatchObject({ reason: { code: "ANSWER_INVALID" } });
      expect(String(failed?.status === "rejected" && failed.reason)).toContain('Step "vendor"');
      expect(others.map((one) => one.status === "fulfilled" && one.value.output)).toEqual(vendors(4, 1));
      expect(timesAsked(packing)).toEqual([6, 1, 1, 1, 1, 0]);
    });
  });

  it("is met by every item at once where a model answers nothing: the requests are bounded, and every run ends", async () => {
    await withPacking(
      async (packing) => {
        const runs = texts.map((text) => runPipeline(vendorsOf(), { text }, packing));
        const settled = await packing.settle(runs);
        // Asked alone there is no item to leave out.
        expect(settled.map((one) => one.status === "fulfilled" && one.value.output)).toEqual(vendors(6));
        expect(Math.max(...timesAsked(packing))).toBeLessThanOrEqual(9);
      },
      { packs: { dropShare: 1 } },
    );
  });
});

describe("many faults at once", () => {
  it("never give an item the answer of another, and cost a run no more than its share", async () => {
    const many = bills(60);
    await withPacking(
      async (packing) => {
        const before = packing.requests();
        expect(await packing.runAll(vendorsOf({ maxItems: 10 }), many)).toEqual(vendors(60));
        expect(packing.requests() - before).toBeLessThan(30);
        const used = packing.events.flatMap((event) =>
          event.type === "run.completed" ? [event.usage.requests] : [],
        );
        expect(used.reduce((sum, requests) => sum + requests, 0)).toBe(packing.requests());
      },
      {
        packs: {
          dropShare: 0.05,
          repeatShare: 0.05,
          contradictShare: 0.03,
          unknownIdShare: 0.03,
          breakShare: 0.03,
        },
        scenario: {
          name: "careless",
          faults: [],
          rates: [
            { fault: { kind: "truncated" }, probability: 0.05 },
            { fault: { kind: "prose" }, probability: 0.05 },
            { fault: { kind: "fenced" }, probability: 0.2 },
            { fault: { kind: "pack-reorder", order: "shuffled" }, probability: 0.2 },
          ],
        },
      },
    );
  });
});
