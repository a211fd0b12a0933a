import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  afterComparison,
  afterPack,
  agreementOf,
  boundsOf,
  expectedOutput,
  type Learnt,
  nothingLearnt,
  packSize,
  reservedFor,
  sizeClassOf,
} from "./pack-size.ts";

const some = fc.integer({ min: 1, max: 60 });
const learntArb: fc.Arbitrary<Learnt> = fc.record({
  size: some,
  outputTokens: fc.option(fc.double({ min: 1, max: 5_000, noNaN: true })),
  compared: fc.constant(0),
  agreed: fc.constant(0),
});
const needsArb = fc.record({
  sharedTokens: fc.integer({ min: 0, max: 2_000 }),
  reservedTokens: fc.integer({ min: 1, max: 8_192 }),
  isText: fc.boolean(),
});
const roomArb = fc.record({
  contextTokens: fc.integer({ min: 1_000, max: 100_000 }),
  outputLimit: fc.integer({ min: 100, max: 65_536 }),
});
const boundsArb = fc.tuple(some, some).map(([a, b]) => ({ first: Math.min(a, b), cap: Math.max(a, b) }));
const itemsArb = fc.array(fc.integer({ min: 1, max: 4_000 }), { maxLength: 80 });

const learnt = (over: Partial<Learnt> = {}): Learnt => ({
  ...{ size: 8, outputTokens: null, compared: 0, agreed: 0 },
  ...over,
});
const clean = { items: 8, failed: 0, isCut: false, idErrors: 0, outputTokens: 400 };
const bounds = { first: 8, cap: 12 };

describe("how many items a request takes", () => {
  it("is at least one, and no more than the cap, what was learnt, the answer's room and the context allow", () => {
    fc.assert(
      fc.property(itemsArb, learntArb, needsArb, roomArb, boundsArb, (items, known, needs, room, cap) => {
        const size = packSize(items, { bounds: cap, learnt: known, room, needs });
        expect(size).toBeGreaterThanOrEqual(1);
        if (size === 1) return;
        expect(size).toBeLessThanOrEqual(Math.min(cap.cap, known.size, items.length));
        const answers = size * expectedOutput(known, needs) * 1.5;
        expect(answers).toBeLessThanOrEqual(room.outputLimit * 0.6 + 1e-6);
        const prompt = needs.sharedTokens + items.slice(0, size).reduce((sum, own) => sum + own, 0);
        expect(prompt + answers).toBeLessThanOrEqual(room.contextTokens);
      }),
    );
  });

  it("leaves nobody out for whom there is room", () => {
    const room = { contextTokens: 100_000, outputLimit: 65_536 };
    const needs = { sharedTokens: 100, reservedTokens: 100, isText: false };
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), some, some, (count, size, cap) => {
        const items = Array.from({ length: count }, () => 100);
        const of = { bounds: { first: 1, cap }, learnt: learnt({ size }), room, needs };
        expect(packSize(items, of)).toBe(Math.min(count, size, cap));
      }),
    );
  });

  it("is one where not even one is expected to fit: the chain says what to do about it", () => {
    const room = { contextTokens: 1_000, outputLimit: 100 };
    const needs = { sharedTokens: 10, reservedTokens: 2_048, isText: true };
    expect(packSize([5_000, 10], { bounds, learnt: learnt(), room, needs })).toBe(1);
    expect(packSize([], { bounds, learnt: learnt(), room, needs })).toBe(1);
  });

  it("reserves room for all answers, and never less than for one", () => {
    fc.assert(
      fc.property(some, learntArb, needsArb, (items, known, needs) => {
        const reserved = reservedFor(items, known, needs);
        expect(reserved).toBeGreaterThanOrEqual(needs.reservedTokens);
        expect(reserved).toBeGreaterThanOrEqual(items * expectedOutput(known, needs));
        expect(Number.isInteger(reserved)).toBe(true);
      }),
    );
  });
});

describe("bounds by kind", () => {
  const kind = { sizeClass: "short", isText: false, task: "general", maxItems: null } as const;

  it.each([
    [0, "short"],
    [150, "short"],
    [151, "paragraph"],
    [500, "paragraph"],
    [2_000, "page"],
    [2_001, "long"],
  ] as const)("%i tokens are %s", (tokens, sizeClass) => {
    expect(sizeClassOf(tokens)).toBe(sizeClass);
  });

  it("are wide for labels, narrow for pages and texts, and one for long documents and reasoning", () => {
    const cap = (over: object) => boundsOf({ ...kind, ...over }).cap;
    expect(cap({})).toBe(25);
    expect(cap({ sizeClass: "page" })).toBe(5);
    expect(cap({ isText: true })).toBe(4);
    expect(cap({ sizeClass: "long" })).toBe(1);
    expect(cap({ sizeClass: "long", isText: true })).toBe(1);
    expect(cap({ task: "reasoning" })).toBe(1);
  });

  it("are the author's where he names a number, and begin below it", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.constantFrom("short", "paragraph", "page", "long"),
        fc.constantFrom("general", "reasoning", "auto"),
        fc.boolean(),
        (maxItems, sizeClass, task, isText) => {
          const named = boundsOf({ sizeClass, task, isText, maxItems });
          expect(named.cap).toBe(maxItems);
          expect(named.first).toBeGreaterThanOrEqual(1);
          expect(named.first).toBeLessThanOrEqual(maxItems);
        },
      ),
    );
  });
});

describe("what a request teaches", () => {
  it("is a few items more when it was full and lost hardly any item, up to the cap", () => {
    const wide = { first: 15, cap: 25 };
    expect(afterPack(learnt(), clean, bounds).size).toBe(10);
    expect(afterPack(learnt({ size: 15 }), { ...clean, items: 15, failed: 1 }, wide).size).toBe(20);
    expect(afterPack(learnt({ size: 22 }), { ...clean, items: 22 }, wide).size).toBe(25);
    expect(afterPack(learnt(), { ...clean, items: 7 }, bounds).size).toBe(8);
  });

  it.each([
    ["a cut reply", { isCut: true }],
    ["more than a fifth of the items missing", { failed: 5 }],
    ["ids that nobody asked for instead of those that were", { failed: 5, idErrors: 7 }],
  ])("is half the size after %s", (_, fault) => {
    const before = learnt({ size: 20 });
    expect(afterPack(before, { ...clean, items: 20, ...fault }, { first: 15, cap: 25 }).size).toBe(10);
  });

  it.each([
    ["one item of few is missing", { items: 4, failed: 1 }],
    ["a fifth is missing", { items: 20, failed: 4 }],
    ["an id was misspelt", { items: 8, failed: 1, idErrors: 1 }],
  ])("is nothing where %s", (_, outcome) => {
    const size = outcome.items;
    expect(afterPack(learnt({ size }), { ...clean, ...outcome }, { first: 4, cap: 25 }).size).toBe(size);
  });

  it("is told once by requests that were on their way at the same time", () => {
    const cut = { ...clean, items: 20, isCut: true };
    const wide = { first: 20, cap: 25 };
    const sizes = [cut, cut, cut].reduce(
      (known, outcome) => afterPack(known, outcome, wide),
      learnt({ size: 20 }),
    );
    expect(sizes.size).toBe(10);
  });

  it("is half of what was learnt, not of a small request, when a small one is cut", () => {
    const cut = { ...clean, items: 2, isCut: true };
    expect(afterPack(learnt({ size: 20 }), cut, { first: 20, cap: 25 }).size).toBe(10);
    expect(afterPack(learnt({ size: 2 }), cut, { first: 2, cap: 25 }).size).toBe(1);
  });

  it("keeps the size between one and the cap, whatever happens", () => {
    const outcomeArb = fc.record({
      items: fc.integer({ min: 1, max: 25 }),
      failedShare: fc.double({ min: 0, max: 1, noNaN: true }),
      isCut: fc.boolean(),
      idErrors: fc.nat(3),
      outputTokens: fc.option(fc.integer({ min: 1, max: 9_000 })),
    });
    fc.assert(
      fc.property(boundsArb, fc.array(outcomeArb, { maxLength: 30 }), (cap, outcomes) => {
        let known = nothingLearnt(cap);
        for (const { failedShare, ...outcome } of outcomes) {
          known = afterPack(known, { ...outcome, failed: Math.floor(failedShare * outcome.items) }, cap);
          expect(known.size).toBeGreaterThanOrEqual(1);
          expect(known.size).toBeLessThanOrEqual(cap.cap);
        }
      }),
    );
  });

  it("is the length of one answer, of which the last request counts for a part, and a cut one for nothing", () => {
    const first = afterPack(learnt(), { ...clean, items: 4, outputTokens: 400 }, bounds);
    expect(first.outputTokens).toBe(100);
    const second = afterPack(first, { ...clean, items: 4, failed: 2, outputTokens: 400 }, bounds);
    expect(second.outputTokens).toBeCloseTo(130);
    expect(afterPack(second, { ...clean, isCut: true }, bounds).outputTokens).toBe(second.outputTokens);
    expect(afterPack(second, { ...clean, outputTokens: null }, bounds).outputTokens).toBe(
      second.outputTokens,
    );
  });
});

describe("what comparisons teach", () => {
  const compare = (agreeing: readonly boolean[], from: Learnt) => agreeing.reduce(afterComparison, from);

  it("is nothing before enough answers were compared", () => {
    expect(agreementOf(compare([false, false, false, false], learnt()))).toBeNull();
    expect(compare([false, false, false, false], learnt()).size).toBe(8);
  });

  it("leaves the size where nine of ten answers agree", () => {
    const known = compare(
      [...Array(50).keys()].map((n) => n % 12 !== 11),
      learnt(),
    );
    expect(known.size).toBe(8);
    expect(agreementOf(known)).toBeGreaterThan(0.9);
  });

  it("halves the size where more than a tenth disagrees, once for one bad spell", () => {
    const known = compare([true, true, true, false, true, false], learnt());
    expect(known.size).toBe(4);
    expect(agreementOf(known)).toBeNull();
  });
});
