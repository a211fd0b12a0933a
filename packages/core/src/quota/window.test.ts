import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  applyReading,
  applyRejection,
  claimSlot,
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
  graceMs: fc.constant(defaultRules.graceMs),
});

/** One thing that happens to an account. */
const happening = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("claim" as const) }) },
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

type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

/** An account, its waiters and the times at which requests really left. */
class Account {
  readonly sentAt: number[] = [];
  readonly #rules: QuotaRules;
  #state: LedgerState;
  #now = START;
  #waiting: Array<{ id: string; at: number }> = [];
  #asked = 0;

  constructor(rules: QuotaRules) {
    this.#rules = rules;
    this.#state = initialState(rules, START);
  }

  happen(event: Happening): void {
    if (event.kind === "ask") this.#ask(event.maxWaitMs);
    else if (event.kind === "claim") this.#claim();
    else if (event.kind === "wait") this.#now += event.ms;
    else if (event.kind === "clock-back") this.#now -= event.ms;
    else if (event.kind === "refund") this.#refund();
    else this.#reject(event);
  }

  #ask(maxWaitMs: number): void {
    const id = String(this.#asked++);
    const decision = decide(this.#state, this.#rules, { id, now: this.#now, maxWaitMs });
    if (decision.kind === "closed") expect(decision.until).toBeGreaterThan(this.#now);
    if (decision.kind !== "grant") return;
    expect(decision.at).toBeGreaterThanOrEqual(this.#now);
    expect(decision.at).toBeLessThanOrEqual(this.#now + maxWaitMs);
    this.#state = decision.state;
    if (decision.at > this.#now) this.#waiting.push({ id, at: decision.at });
    else this.sentAt.push(this.#now);
  }

  /** The next waiter wakes, in time or late. */
  #claim(): void {
    const waiter = this.#waiting.shift();
    if (!waiter) return;
    this.#now = Math.max(this.#now, waiter.at);
    const next = claimSlot(this.#state, this.#rules, { id: waiter.id, now: this.#now });
    if (!next) return;
    this.#state = next;
    this.sentAt.push(this.#now);
  }

  #refund(): void {
    const waiter = this.#waiting.pop();
    if (waiter) this.#state = giveBack(this.#state, this.#rules, waiter);
  }

  #reject(event: { kind: "minute-429"; inMs: number } | { kind: "day-429" }): void {
    const rejection =
      event.kind === "day-429"
        ? { kind: "day" as const }
        : { kind: "minute" as const, resetAt: this.#now + event.inMs };
    this.#state = applyRejection(this.#state, this.#rules, rejection, this.#now);
  }
}

function play(rules: QuotaRules, history: readonly Happening[]): number[] {
  const account = new Account(rules);
  for (const event of history) account.happen(event);
  return account.sentAt;
}

describe("the quota window", () => {
  it("never lets more than the minute's limit leave in any minute, whatever happens", () => {
    fc.assert(
      fc.property(rulesArbitrary, fc.array(happening, { maxLength: 150 }), (rules, history) => {
        const sentAt = play(rules, history);
        for (const start of sentAt) {
          const inMinute = sentAt.filter((at) => at >= start && at < start + 60_000);
          expect(inMinute.length).toBeLessThanOrEqual(rules.perMinute);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it("never lets more than the day's limit leave in one UTC day", () => {
    fc.assert(
      fc.property(rulesArbitrary, fc.array(happening, { maxLength: 150 }), (rules, history) => {
        const perDay = new Map<number, number>();
        for (const at of play(rules, history)) {
          const day = Math.floor(at / rules.dayMs);
          perDay.set(day, (perDay.get(day) ?? 0) + 1);
        }
        for (const count of perDay.values()) expect(count).toBeLessThanOrEqual(rules.perDay);
      }),
      { numRuns: 1_000 },
    );
  });

  it("takes a slot from a waiter that comes too late, and charges nothing for it", () => {
    const rules = { ...defaultRules, perMinute: 1 };
    const first = decide(initialState(rules, START), rules, { id: "a", now: START, maxWaitMs: 0 });
    if (first.kind !== "grant") throw new Error(first.kind);
    const second = decide(first.state, rules, { id: "b", now: START, maxWaitMs: 120_000 });
    if (second.kind !== "grant") throw new Error(second.kind);
    const late = second.at + rules.graceMs + 1;
    expect(claimSlot(second.state, rules, { id: "b", now: second.at })).not.toBeNull();
    expect(claimSlot(second.state, rules, { id: "b", now: late })).toBeNull();
    expect(decide(second.state, rules, { id: "c", now: late, maxWaitMs: 0 })).toMatchObject({
      kind: "grant",
      state: { usedToday: 2 },
    });
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
