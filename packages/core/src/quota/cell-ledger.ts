import { AccountHaltedError, QuotaClosedError } from "../errors/quota-errors.ts";
import { SluiceError } from "../errors/sluice-error.ts";
import { type Clock, systemClock } from "../shared/clock.ts";
import { MINUTE_MS } from "../shared/duration.ts";
import { randomId } from "../shared/ids.ts";
import { parseJson } from "../shared/json.ts";
import type { AcquireOptions, Ledger, LedgerStatus, Permit } from "./ledger.ts";
import { ledgerStateSchema, MemoryCell, type StateCell } from "./state-cell.ts";
import {
  applyReading,
  applyRejection,
  claimSlot,
  dayEnd,
  decide,
  defaultRules,
  giveBack,
  initialState,
  type LedgerState,
  limitsOf,
  nextSlot,
  type QuotaRules,
  type Reading,
  type Rejection,
  rollDay,
} from "./window.ts";

/** More lost races than this on one change mean that the store does not compare and set. */
const MAX_RACES = 200;

/** What a ledger is built from. */
export interface LedgerOptions {
  /** Where the state lives; default this process's memory. */
  cell?: StateCell | undefined;
  /** The limits until the server has told its own; default {@link defaultRules}. */
  rules?: Partial<QuotaRules> | undefined;
  /** Sleeps between a grant and its slot; default the machine's clock. */
  clock?: Clock | undefined;
}

/** A ledger over any {@link StateCell}: the rules of `window.ts`, applied by compare-and-set. */
export function createLedger(options: LedgerOptions = {}): Ledger {
  const clock = options.clock ?? systemClock;
  return new CellLedger(options.cell ?? new MemoryCell(clock), { ...defaultRules, ...options.rules }, clock);
}

class CellLedger implements Ledger {
  readonly #cell: StateCell;
  readonly #rules: QuotaRules;
  readonly #clock: Clock;

  constructor(cell: StateCell, rules: QuotaRules, clock: Clock) {
    this.#cell = cell;
    this.#rules = rules;
    this.#clock = clock;
  }

  async acquire({ maxWaitMs = MINUTE_MS, signal }: AcquireOptions = {}): Promise<Permit> {
    const startedAt = this.#clock.now();
    for (;;) {
      signal?.throwIfAborted();
      const leftMs = Math.max(0, maxWaitMs - (this.#clock.now() - startedAt));
      const { permit, waitMs } = await this.#reserve(leftMs);
      if (waitMs <= 0) return permit;
      await this.#sleepOrRefund(permit, waitMs, signal);
      if (await this.#claim(permit)) return permit;
    }
  }

  async refund(permit: Permit): Promise<void> {
    await this.#change((state) => giveBack(state, this.#rules, permit));
  }

  async reject(rejection: Rejection): Promise<void> {
    await this.#change((state, now) => applyRejection(state, this.#rules, rejection, now));
  }

  async sync(reading: Reading): Promise<void> {
    await this.#change((state, now) => applyReading(state, this.#rules, reading, now));
  }

  async halt(reason: string): Promise<void> {
    await this.#change((state) => ({ ...state, halted: reason }));
  }

  async resume(): Promise<void> {
    await this.#change((state) => ({ ...state, halted: null }));
  }

  async status(): Promise<LedgerStatus> {
    const { text, now } = await this.#cell.read();
    const state = rollDay(this.#parse(text, now), this.#rules, now);
    return {
      now,
      ...limitsOf(state, this.#rules),
      usedInWindow: state.sends.filter((send) => send.at > now - this.#rules.windowMs).length,
      usedToday: state.usedToday,
      dayEndsAt: dayEnd(this.#rules, state.day),
      nextSlotAt: nextSlot(state, this.#rules, now),
      halted: state.halted,
    };
  }

  async #reserve(maxWaitMs: number): Promise<{ permit: Permit; waitMs: number }> {
    const id = randomId(8);
    let grantedAt = 0;
    const now = await this.#change((state, readAt) => {
      const decision = decide(state, this.#rules, { id, now: readAt, maxWaitMs });
      if (decision.kind === "halted") throw new AccountHaltedError(decision.reason);
      if (decision.kind === "closed") throw new QuotaClosedError(decision.until, decision.reason);
      grantedAt = decision.at;
      return decision.state;
    });
    return { permit: { id, at: grantedAt }, waitMs: grantedAt - now };
  }

  async #sleepOrRefund(permit: Permit, waitMs: number, signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.#clock.sleep(waitMs, signal);
    } catch (error) {
      await this.refund(permit);
      throw error;
    }
  }

  /** While a waiter slept, a 429 or a halt may have closed the account, or it slept too long: its slot is gone then. */
  async #claim(permit: Permit): Promise<boolean> {
    let claimed = false;
    await this.#change((state, now) => {
      const next = claimSlot(state, this.#rules, { id: permit.id, now });
      claimed = next !== null;
      return next ?? giveBack(state, this.#rules, permit);
    });
    return claimed;
  }

  async #change(update: (state: LedgerState, now: number) => LedgerState): Promise<number> {
    for (let race = 0; race < MAX_RACES; race++) {
      const { text, now } = await this.#cell.read();
      const next = update(this.#parse(text, now), now);
      if (await this.#cell.swap(text, JSON.stringify(next))) return now;
    }
    throw new SluiceError("INTERNAL", {
      message: `The quota ledger lost ${MAX_RACES} races in a row; its store does not compare and set.`,
    });
  }

  #parse(text: string | null, now: number): LedgerState {
    if (text === null) return initialState(this.#rules, now);
    return ledgerStateSchema.parse(parseJson(text));
  }
}
