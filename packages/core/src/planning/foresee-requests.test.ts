import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boundsOf, nothingLearnt } from "../models/pack/pack-size.ts";
import { foreseeRequests } from "./foresee-requests.ts";
import type { Ask, Line } from "./foreseen-desk.ts";

const NOW = Date.UTC(2026, 10, 23, 12);

/** Every answer takes as long as the last. */
const random = () => 0.5;

/** Slots with a least gap between them. */
const slots = (gapMs: number) => {
  let last = 0;
  return {
    take(now: number) {
      last = Math.max(now, last + gapMs);
      return last;
    },
  };
};

const lineOf = (step: string, maxItems: number | null): Line => {
  const bounds = boundsOf({ sizeClass: "short", isText: false, task: "general", maxItems });
  const needs = { sharedTokens: 100, reservedTokens: 200, isText: false };
  const room = { id: "a/b:free", schemaOnWire: false, contextTokens: 1_000_000, outputLimit: 1_000_000 };
  return {
    step,
    latencyMs: 500,
    pack:
      maxItems === 1
        ? null
        : { subject: step, bounds, needs, learnt: nothingLearnt(bounds), room, sample: 0 },
  };
};

const lines = fc.array(fc.constantFrom(1, 2, 7, 25, 100, null), { minLength: 1, maxLength: 3 });
const batch = fc.record({
  lines,
  runs: fc.integer({ min: 0, max: 300 }),
  concurrency: fc.integer({ min: 1, max: 64 }),
  gapMs: fc.constantFrom(0, 150, 5_000),
});

describe("the requests of a batch", () => {
  it("ask every question once, in no request more than its cap and no more than can be at work", () =>
    fc.assert(
      fc.property(batch, (some) => {
        const all = some.lines.map((maxItems, index) => lineOf(`step${index}`, maxItems));
        const runs = Array.from({ length: some.runs }, () => all.map((line): Ask => ({ line, tokens: 20 })));
        const { concurrency, gapMs } = some;
        const { steps } = foreseeRequests(runs, { concurrency, now: NOW, sends: slots(gapMs), random });
        for (const line of all) {
          const { requests = 0, questions = 0 } = steps.get(line.step) ?? {};
          const cap = line.pack?.bounds.cap ?? 1;
          expect(questions).toBe(some.runs);
          expect(requests).toBeGreaterThanOrEqual(Math.ceil(questions / Math.min(cap, concurrency)));
          expect(requests).toBeLessThanOrEqual(questions);
        }
      }),
    ));

  it("are as few as the cap allows where permits are scarce and many runs are at work", () => {
    const line = lineOf("kind", 25);
    const runs = Array.from({ length: 500 }, () => [{ line, tokens: 20 }]);
    const { steps } = foreseeRequests(runs, { concurrency: 64, now: NOW, sends: slots(5_000), random });
    expect(steps.get("kind")?.requests).toBeLessThanOrEqual(24);
  });

  it("go out alone where nobody else is at work", () => {
    const line = lineOf("kind", null);
    const runs = Array.from({ length: 20 }, () => [{ line, tokens: 20 }]);
    const { steps, finishAt } = foreseeRequests(runs, {
      concurrency: 1,
      now: NOW,
      sends: slots(150),
      random,
    });
    expect(steps.get("kind")).toMatchObject({ requests: 20, promptTokens: 20 * 120 });
    expect(finishAt).toBeGreaterThanOrEqual(NOW + 20 * 500);
  });

  it("take no time when there are none", () => {
    const { steps, finishAt } = foreseeRequests([], { concurrency: 8, now: NOW, sends: slots(150), random });
    expect({ steps: steps.size, finishAt }).toEqual({ steps: 0, finishAt: NOW });
  });

  it("are played for a hundred thousand documents in moderate time", { timeout: 20_000 }, () => {
    const all = [lineOf("kind", null), lineOf("facts", 1)];
    const runs = Array.from({ length: 100_000 }, () => all.map((line): Ask => ({ line, tokens: 20 })));
    const { steps } = foreseeRequests(runs, { concurrency: 64, now: NOW, sends: slots(150), random });
    expect(steps.get("facts")?.requests).toBe(100_000);
  });
});
