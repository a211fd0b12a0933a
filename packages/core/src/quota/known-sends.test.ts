import { describe, expect, it } from "vitest";
import { ManualClock } from "../shared/manual-clock.ts";
import { createLedger } from "./cell-ledger.ts";
import { withKnownSends } from "./known-sends.ts";
import { defaultRules } from "./rules.ts";
import { initialState } from "./state.ts";
import { MemoryCell, type StateCell } from "./state-cell.ts";

const START = Date.UTC(2026, 10, 22, 12);
const rules = { perMinute: 5, perDay: 50, reserve: 0, gapMs: 0 };

/** A cell in a store that can lose what it holds. */
class LossyCell implements StateCell {
  #cell: MemoryCell;
  readonly #clock: ManualClock;

  constructor(clock: ManualClock) {
    this.#clock = clock;
    this.#cell = new MemoryCell(clock);
  }

  lose(): void {
    this.#cell = new MemoryCell(this.#clock);
  }

  read() {
    return this.#cell.read();
  }

  swap(expected: string | null, next: string) {
    return this.#cell.swap(expected, next);
  }
}

describe("a store that loses the ledger", () => {
  it("does not open the window anew for who has sent in it, and counts the day on", async () => {
    const clock = new ManualClock(START);
    const cell = new LossyCell(clock);
    const ledger = createLedger({ cell, rules, clock });
    for (let count = 0; count < 4; count++) await ledger.acquire();
    cell.lose();
    await ledger.acquire();
    await expect(ledger.acquire({ maxWaitMs: 0 })).rejects.toMatchObject({ reason: "minute" });
    expect(await ledger.status()).toMatchObject({ usedInWindow: 5, usedToday: 5, sentToday: 5 });
    cell.lose();
    await expect(ledger.acquire({ maxWaitMs: 0 })).rejects.toMatchObject({ code: "QUOTA_CLOSED" });
    clock.advance(defaultRules.windowMs + 1);
    await ledger.acquire();
  });

  it("does not count what was given back", async () => {
    const clock = new ManualClock(START);
    const cell = new LossyCell(clock);
    const ledger = createLedger({ cell, rules, clock });
    const permits = [];
    for (let count = 0; count < 5; count++) permits.push(await ledger.acquire());
    for (const permit of permits) await ledger.refund(permit);
    cell.lose();
    for (let count = 0; count < 5; count++) await ledger.acquire({ maxWaitMs: 0 });
  });

  it("changes nothing where nothing is missing, and takes yesterday's sends for the window alone", () => {
    const all = { ...defaultRules, ...rules };
    const midnight = Date.UTC(2026, 10, 23);
    const known = [{ id: "a", at: midnight - 1_000 }];
    const state = initialState(all, midnight + 1_000);
    expect(withKnownSends({ ...state, sends: known }, all, { known, now: midnight + 1_000 }).sends).toBe(
      known,
    );
    const whole = withKnownSends(state, all, { known, now: midnight + 1_000 });
    expect(whole).toMatchObject({ sends: known, usedToday: 0, sentToday: 0 });
  });
});
