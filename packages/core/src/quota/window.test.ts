import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { leaveLine } from "./line.ts";
import { defaultRules, type QuotaRules } from "./rules.ts";
import { applyReading, applyRejection } from "./server-view.ts";
import { initialState, type LedgerState, limitsOf } from "./state.ts";
import { decide, giveBack } from "./window.ts";

const START = Date.UTC(2026, 10, 22, 23, 50);
const noReserve = { ...defaultRules, reserve: 0 };

const rulesArbitrary: fc.Arbitrary<QuotaRules> = fc
  .record({
    perMinute: fc.integer({ min: 1, max: 20 }),
    perDay: fc.integer({ min: 1, max: 60 }),
    gapMs: fc.constantFrom(0, 150),
  })
  .map((some) => ({ ...noReserve, ...some }));

/** One thing that happens to an account. */
const happening = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("ask" as const),
      flow: fc.constantFrom("a", "b"),
      maxWaitMs: fc.constantFrom(0, 1_000, 60_000),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("wake" as const),
      lateMs: fc.constantFrom(0, 0, 0, 100, 2_000),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("pass" as const), ms: fc.integer({ min: 0, max: 90_000 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("clock-back" as const),
      ms: fc.integer({ min: 0, max: 3_600_000 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("leave" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("die" as const) }) },
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

interface Waiting {
  id: string;
  flow: string;
  wakeAt: number;
  place: number;
}

/** An account, who waits for it, and the times at which requests really left, whatever the store's clock said. */
class Account {
  readonly sent: Array<{ at: number; flow: string; id: number; day: number }> = [];
  waiting: Waiting[] = [];
  readonly #rules: QuotaRules;
  #state: LedgerState;
  #now = START;
  /** How far the store's clock was put back. */
  #behind = 0;
  #asked = 0;

  constructor(rules: QuotaRules) {
    this.#rules = rules;
    this.#state = initialState(rules, START);
  }

  happen(event: Happening): void {
    if (event.kind === "ask") this.ask({ id: String(this.#asked++), flow: event.flow }, event.maxWaitMs);
    else if (event.kind === "wake") this.wakeNext(event.lateMs);
    else if (event.kind === "pass") this.#now += event.ms;
    else if (event.kind === "clock-back") this.putBack(event.ms);
    else if (event.kind === "leave") this.#state = leaveLine(this.#state, this.waiting.pop()?.id ?? "");
    else if (event.kind === "die") this.waiting.shift();
    else this.#reject(event);
  }

  putBack(ms: number): void {
    this.#now -= ms;
    this.#behind += ms;
  }

  ask(who: { id: string; flow: string; place?: number }, maxWaitMs: number): void {
    const decision = decide(this.#state, this.#rules, {
      ...who,
      weight: 1,
      urgent: false,
      now: this.#now,
      maxWaitMs,
    });
    if (decision.kind === "halted") throw new Error("nobody halted it");
    this.#state = decision.state;
    if (decision.kind === "grant")
      this.sent.push({ at: this.#real, flow: who.flow, id: Number(who.id), day: decision.state.day });
    else if (decision.kind === "closed") expect(decision.until).toBeGreaterThan(this.#now);
    else {
      expect(decision.at).toBeGreaterThan(this.#now);
      const wakeAt = decision.at + this.#behind;
      this.waiting.push({ id: who.id, flow: who.flow, wakeAt, place: decision.place });
      this.waiting.sort((one, other) => one.wakeAt - other.wakeAt);
    }
  }

  /** Whoever was told the earliest time comes back, in time or late. */
  wakeNext(lateMs: number): void {
    const waiter = this.waiting.shift();
    if (!waiter) return;
    this.#now = Math.max(this.#real, waiter.wakeAt + lateMs) - this.#behind;
    this.ask(waiter, 10 * 60_000);
  }

  get #real(): number {
    return this.#now + this.#behind;
  }

  #reject(event: { kind: "minute-429"; inMs: number } | { kind: "day-429" }): void {
    const rejection =
      event.kind === "day-429"
        ? { kind: "day" as const }
        : { kind: "minute" as const, resetAt: this.#now + event.inMs };
    this.#state = applyRejection(this.#state, this.#rules, rejection, this.#now);
  }
}

function play(rules: QuotaRules, history: readonly Happening[]): Account {
  const account = new Account(rules);
  for (const event of history) account.happen(event);
  return account;
}

describe("the quota window", () => {
  it("never lets more than the minute's limit leave in any window, whatever happens", () => {
    fc.assert(
      fc.property(rulesArbitrary, fc.array(happening, { maxLength: 150 }), (rules, history) => {
        const { sent } = play(rules, history);
        for (const { at: start } of sent) {
          expect(
            sent.filter(({ at }) => at >= start && at < start + rules.windowMs).length,
          ).toBeLessThanOrEqual(rules.perMinute);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it("never lets more than the day's limit leave in one UTC day", () => {
    fc.assert(
      fc.property(rulesArbitrary, fc.array(happening, { maxLength: 150 }), (rules, history) => {
        const perDay = new Map<number, number>();
        const steady = history.filter(({ kind }) => kind !== "clock-back");
        for (const { at } of play(rules, steady).sent) {
          const day = Math.floor(at / rules.dayMs);
          perDay.set(day, (perDay.get(day) ?? 0) + 1);
        }
        for (const count of perDay.values()) expect(count).toBeLessThanOrEqual(rules.perDay);
      }),
      { numRuns: 1_000 },
    );
  });

  it("never opens a day again when the store's clock is put back", () => {
    fc.assert(
      fc.property(rulesArbitrary, fc.array(happening, { maxLength: 150 }), (rules, history) => {
        const days = play(rules, history).sent.map(({ day }) => day);
        expect(days).toEqual(days.toSorted((one, other) => one - other));
        for (const day of days)
          expect(days.filter((other) => other === day).length).toBeLessThanOrEqual(rules.perDay);
      }),
    );
  });

  it("makes nobody wait for an hour by which the store's clock was put back", () => {
    const account = new Account({ ...noReserve, perMinute: 2 });
    for (let id = 0; id < 8; id++) account.ask({ id: String(id), flow: "a" }, 10 * 60_000);
    account.putBack(60 * 60_000);
    while (account.waiting.length > 0) account.wakeNext(0);
    expect(account.sent).toHaveLength(8);
    expect(Math.max(...account.sent.map(({ at }) => at)) - START).toBeLessThanOrEqual(
      4 * defaultRules.windowMs + 2 * defaultRules.graceMs,
    );
  });

  it("serves everybody who keeps coming back, whatever happened before", () => {
    fc.assert(
      fc.property(rulesArbitrary, fc.array(happening, { maxLength: 100 }), (some, history) => {
        const account = play(
          { ...some, perDay: 100_000 },
          history.filter(({ kind }) => kind !== "day-429"),
        );
        for (let step = 0; account.waiting.length > 0; step++) {
          expect(step).toBeLessThan(5_000);
          account.wakeNext(0);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("serves a flow in the order in which it asked", () => {
    const account = new Account({ ...noReserve, perMinute: 3 });
    for (let id = 0; id < 12; id++) account.ask({ id: String(id), flow: "a" }, 10 * 60_000);
    while (account.waiting.length > 0) account.wakeNext(0);
    expect(account.sent.map(({ id }) => id)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it("does not make a small batch wait behind a large one", () => {
    const account = new Account({ ...noReserve, perMinute: 2 });
    for (let id = 0; id < 20; id++) account.ask({ id: String(id), flow: "large" }, 60 * 60_000);
    for (let id = 20; id < 23; id++) account.ask({ id: String(id), flow: "small" }, 60 * 60_000);
    while (account.waiting.length > 0) account.wakeNext(0);
    const lastOfSmall = account.sent.findLastIndex(({ flow }) => flow === "small");
    expect(lastOfSmall).toBeLessThanOrEqual(8);
  });

  it("tells each waiter a time of its own", () => {
    const account = new Account(noReserve);
    for (let id = 0; id < 25; id++) account.ask({ id: String(id), flow: "a" }, 10 * 60_000);
    const told = account.waiting.map(({ wakeAt }) => wakeAt);
    expect(new Set(told).size).toBe(24);
    expect(told.slice(0, 4)).toEqual([1, 2, 3, 4].map((n) => START + n * defaultRules.gapMs));
  });

  it("gives the slots of the dead to those who stand behind, within two graces", () => {
    const account = new Account({ ...noReserve, perMinute: 4 });
    for (let id = 0; id < 12; id++) account.ask({ id: String(id), flow: "a" }, 10 * 60_000);
    for (let id = 1; id < 7; id++) account.happen({ kind: "die" });
    while (account.waiting.length > 0) account.wakeNext(0);
    const first = account.sent.slice(0, 4);
    expect(first.map(({ id }) => id)).toEqual([0, 7, 8, 9]);
    expect((first.at(-1)?.at ?? 0) - START).toBeLessThanOrEqual(
      2 * defaultRules.graceMs + 12 * defaultRules.gapMs,
    );
  });

  it("sends those away that meet a spent day with times of their own after midnight", () => {
    let state: LedgerState = { ...initialState(noReserve, START), usedToday: 50 };
    const until = ["a", "b", "c"].map((id) => {
      const decision = decide(state, noReserve, {
        id,
        flow: "",
        weight: 1,
        urgent: false,
        now: START,
        maxWaitMs: 0,
      });
      if (decision.kind !== "closed") throw new Error(decision.kind);
      state = decision.state;
      return decision.until;
    });
    const midnight = Date.UTC(2026, 10, 23) + 2_000;
    expect(until).toEqual([midnight, midnight + 3_100, midnight + 6_200]);
  });

  it("goes by the server's clock at midnight", () => {
    const midnight = Date.UTC(2026, 10, 23);
    const reading = { used: 50, limit: 50, serverNow: START - 10_000 };
    const behind = applyReading(initialState(noReserve, START), noReserve, reading, START);
    const askAt = (now: number) =>
      decide(behind, noReserve, { id: "a", flow: "", weight: 1, urgent: false, now, maxWaitMs: 0 });
    expect(askAt(midnight + 5_000)).toMatchObject({ kind: "closed", until: midnight + 12_000 });
    expect(askAt(midnight + 12_000)).toMatchObject({ kind: "grant", state: { usedToday: 1 } });
  });

  it("opens soon after midnight when the server's clock is a little late, and not a day later", () => {
    const midnight = Date.UTC(2026, 10, 23);
    const opensAt = midnight + 7_000;
    const closed = { ...initialState(noReserve, START), usedToday: 50, dayClosedUntil: opensAt };
    const askAt = (now: number) =>
      decide(closed, noReserve, { id: "a", flow: "", weight: 1, urgent: false, now, maxWaitMs: 0 });
    expect(askAt(midnight - 1_000)).toMatchObject({ kind: "closed", until: opensAt });
    expect(askAt(midnight + 2_500)).toMatchObject({ kind: "closed", until: opensAt });
    expect(askAt(opensAt)).toMatchObject({ kind: "grant" });
  });

  it("does not take yesterday's count, which the server still tells, for today's", () => {
    const midnight = Date.UTC(2026, 10, 23);
    const state = applyReading(
      initialState(noReserve, START),
      noReserve,
      { used: 50, limit: 50 },
      midnight + 30_000,
    );
    expect(state.usedToday).toBe(0);
    expect(applyReading(state, noReserve, { used: 3, limit: 50 }, midnight + 360_000).usedToday).toBe(3);
  });

  it("is not stopped for long by a wrong reset time", () => {
    const state = applyRejection(
      initialState(noReserve, START),
      noReserve,
      { kind: "minute", resetAt: START * 2 },
      START,
    );
    expect(state.holdUntil).toBe(START + 2 * defaultRules.windowMs);
  });

  it("paces evenly after a 429 it did not expect, and when the server knows of sends that it does not", () => {
    const now = START + 5_000;
    const rejected = applyRejection(
      initialState(noReserve, START),
      noReserve,
      { kind: "minute", resetAt: START },
      START,
    );
    const surprised = applyReading(initialState(noReserve, START), noReserve, { used: 7, limit: 50 }, START);
    for (const state of [rejected, surprised]) {
      const ask = { flow: "", weight: 1, urgent: false, now, maxWaitMs: 60_000 };
      const first = decide(state, noReserve, { ...ask, id: "a" });
      if (first.kind !== "grant") throw new Error(first.kind);
      expect(decide(first.state, noReserve, { ...ask, id: "b" })).toMatchObject({
        kind: "wait",
        at: now + defaultRules.windowMs / 20,
      });
    }
  });

  it("never counts over the user's own cap, whatever the server allows", () => {
    const rules = { ...noReserve, maxPerDay: 3 };
    const state = applyReading(initialState(rules, START), rules, { used: 0, limit: 1_000 }, START);
    expect(limitsOf(state, rules).perDay).toBe(3);
  });

  it("counts own sends that a reading may not have seen yet on top of it, and gives back what never left", () => {
    const sent = decide(initialState(noReserve, START), noReserve, {
      id: "a",
      flow: "",
      weight: 1,
      urgent: false,
      now: START,
      maxWaitMs: 0,
    });
    if (sent.kind !== "grant") throw new Error(sent.kind);
    const read = applyReading(sent.state, noReserve, { used: 10, limit: 50 }, START + 1_000);
    expect(read.usedToday).toBe(11);
    expect(giveBack(read, noReserve, { id: "a", at: START })).toMatchObject({ usedToday: 10, sends: [] });
    expect(giveBack(read, noReserve, { id: "unknown", at: START })).toBe(read);
  });
});
