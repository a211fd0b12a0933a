import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  applyReading,
  applyRejection,
  decide,
  defaultRules,
  giveBack,
  initialState,
  type LedgerState,
  limitsOf,
  type QuotaRules,
} from "./window.ts";

const START = Date.UTC(2026, 10, 22, 23, 50);

const rulesArbitrary: fc.Arbitrary<QuotaRules> = fc.record({
  perMinute: fc.integer({ min: 1, max: 20 }),
  perDay: fc.integer({ min: 1, max: 60 }),
  windowMs: fc.constant(defaultRules.windowMs),
  gapMs: fc.constantFrom(0, 150),
  dayMs: fc.constant(defaultRules.dayMs),
  guardMs: fc.constant(defaultRules.guardMs),
});

/** One thing that happens to an account. */
const happening = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant("ask" as const), maxWaitMs: fc.constantFrom(0, 1_000, 60_000) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 0, max: 90_000 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("clock-back" as const),
      ms: fc.integer({ min: 0, max: 3_600_000 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("refund" as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("minute-429" as const),
      inMs: fc.integer({ min: -5_000, max: 600_000 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("day-429" as const) }) },
);

interface Grant {
  id: string;
  at: number;
}

/** Plays a history and returns every grant that was not given back. */
function play(
  rules: QuotaRules,
  history: ReadonlyArray<typeof happening extends fc.Arbitrary<infer T> ? T : never>,
) {
  let state: LedgerState = initialState(rules, START);
  let now = START;
  const grants: Grant[] = [];
  for (const [index, event] of history.entries()) {
    switch (event.kind) {
      case "ask": {
        const decision = decide(state, rules, { id: String(index), now, maxWaitMs: event.maxWaitMs });
        if (decision.kind === "grant") {
          expect(decision.at).toBeGreaterThanOrEqual(now);
          expect(decision.at).toBeLessThanOrEqual(now + event.maxWaitMs);
          grants.push({ id: String(index), at: decision.at });
          state = decision.state;
        } else if (decision.kind === "closed") expect(decision.until).toBeGreaterThan(now);
        break;
      }
      case "wait":
        now += event.ms;
        break;
      case "clock-back":
        now -= event.ms;
        break;
      case "refund": {
        const last = grants.pop();
        if (last) state = giveBack(state, rules, last);
        break;
      }
      case "minute-429":
        state = applyRejection(state, rules, { kind: "minute", resetAt: now + event.inMs }, now);
        break;
      case "day-429":
        state = applyRejection(state, rules, { kind: "day" }, now);
        break;
    }
  }
  return grants;
}

describe("the quota window", () => {
  it("never grants more than the minute's limit in any window, whatever happens", () => {
    fc.assert(
      fc.property(rulesArbitrary, fc.array(happening, { maxLength: 120 }), (rules, history) => {
        const grants = play(rules, history);
        for (const { at } of grants) {
          const inWindow = grants.filter((other) => other.at >= at && other.at < at + rules.windowMs);
          expect(inWindow.length).toBeLessThanOrEqual(rules.perMinute);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("never grants more than the day's limit in one UTC day", () => {
    fc.assert(
      fc.property(rulesArbitrary, fc.array(happening, { maxLength: 120 }), (rules, history) => {
        const perDay = new Map<number, number>();
        for (const { at } of play(rules, history)) {
          const day = Math.floor(at / rules.dayMs);
          perDay.set(day, (perDay.get(day) ?? 0) + 1);
        }
        for (const count of perDay.values()) expect(count).toBeLessThanOrEqual(rules.perDay);
      }),
      { numRuns: 500 },
    );
  });

  it("gives each waiter a slot of its own, in order", () => {
    let state = initialState(defaultRules, START);
    const slots: number[] = [];
    for (let n = 0; n < 25; n++) {
      const decision = decide(state, defaultRules, { id: String(n), now: START, maxWaitMs: 120_000 });
      if (decision.kind !== "grant") throw new Error(decision.kind);
      slots.push(decision.at);
      state = decision.state;
    }
    expect(slots).toEqual([...slots].sort((a, b) => a - b));
    expect(new Set(slots).size).toBe(25);
    expect(slots[20]).toBe(START + defaultRules.windowMs);
  });

  it("is not stopped for long by a wrong reset time", () => {
    const state = applyRejection(
      initialState(defaultRules, START),
      defaultRules,
      { kind: "minute", resetAt: START * 2 },
      START,
    );
    expect(state.holdUntil).toBe(START + 2 * defaultRules.windowMs);
  });

  it("paces evenly after a 429 it did not expect", () => {
    const held = applyRejection(
      initialState(defaultRules, START),
      defaultRules,
      { kind: "minute", resetAt: START },
      START,
    );
    const first = decide(held, defaultRules, { id: "a", now: START + 5_000, maxWaitMs: 0 });
    if (first.kind !== "grant") throw new Error(first.kind);
    const second = decide(first.state, defaultRules, { id: "b", now: START + 5_000, maxWaitMs: 60_000 });
    expect(second).toMatchObject({ kind: "grant", at: START + 5_000 + defaultRules.windowMs / 20 });
  });

  it("never counts over the user's own cap, whatever the server allows", () => {
    const rules = { ...defaultRules, maxPerDay: 3 };
    const state = applyReading(
      initialState(rules, START),
      rules,
      { used: 0, limit: 1_000, readAt: START },
      START,
    );
    expect(limitsOf(state, rules).perDay).toBe(3);
  });

  it("counts own sends that a reading may not have seen yet on top of it", () => {
    const sent = decide(initialState(defaultRules, START), defaultRules, {
      id: "a",
      now: START,
      maxWaitMs: 0,
    });
    if (sent.kind !== "grant") throw new Error(sent.kind);
    const read = applyReading(
      sent.state,
      defaultRules,
      { used: 10, limit: 50, readAt: START + 1_000 },
      START + 1_000,
    );
    expect(read.usedToday).toBe(11);
  });
});
