import { AccountHaltedError, QuotaClosedError } from "../errors/quota-errors.ts";
import { SluiceError } from "../errors/sluice-error.ts";
import { type Clock, systemClock } from "../shared/clock.ts";
import { MINUTE_MS } from "../shared/duration.ts";
import { randomId } from "../shared/ids.ts";
import { withKnownSends } from "./known-sends.ts";
import type { AcquireOptions, Ledger, LedgerPace, LedgerStatus, Permit } from "./ledger.ts";
import { gapAt, leaveLine, nextSlots } from "./line.ts";
import { defaultRules, type QuotaRules } from "./rules.ts";
import { applyReading, applyRejection, type Reading, type Rejection } from "./server-view.ts";
import {
  dayEnd,
  initialState,
  type LedgerState,
  ledgerStateSchema,
  limitsOf,
  putBack,
  rollDay,
} from "./state.ts";
import { CellState, MemoryCell, type StateCell } from "./state-cell.ts";
import { decide, giveBack, type QuotaDecision, reservedOf } from "./window.ts";

/**
 * A grant must be heard this soon after it was asked for, in milliseconds: the window's margin covers no more. A
 * process that was held up longer (a laptop that slept, a blocked event loop) gives it back and asks again.
 */
const HEARD_WITHIN_MS = 1_000;

/** For the same reason a request must leave this soon after its permit was asked for, in milliseconds. */
const SENT_WITHIN_MS = 1_500;

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
  readonly #state: CellState<LedgerState>;
  readonly #rules: QuotaRules;
  readonly #clock: Clock;
  /** The permits of the last window that were given to this process, in case the store loses them. */
  #known: { id: string; at: number }[] = [];

  constructor(cell: StateCell, rules: QuotaRules, clock: Clock) {
    this.#state = new CellState(cell, {
      schema: ledgerStateSchema,
      initial: (now) => initialState(rules, now),
    });
    this.#rules = rules;
    this.#clock = clock;
  }

  async acquire(options: AcquireOptions = {}): Promise<Permit> {
    const { maxWaitMs = MINUTE_MS, signal } = options;
    const id = randomId(8);
    let place: number | undefined;
    const giveUpAt = this.#clock.now() + maxWaitMs;
    try {
      for (;;) {
        signal?.throwIfAborted();
        const leftMs = Math.max(0, giveUpAt - this.#clock.now());
        const { decision, now, askedAt } = await this.#ask({ id, place }, { ...options, maxWaitMs: leftMs });
        if (decision.kind === "grant") {
          const permit = { id, at: now, sendBy: askedAt + SENT_WITHIN_MS };
          this.#known = [...this.#known.filter(({ at }) => at > now - this.#rules.windowMs), { id, at: now }];
          if (this.#clock.now() - askedAt <= HEARD_WITHIN_MS) return permit;
          await this.refund(permit);
          continue;
        }
        if (decision.kind === "halted") throw new AccountHaltedError(decision.reason);
        if (decision.kind === "closed") throw new QuotaClosedError(decision.until, decision.reason);
        place = decision.place;
        await this.#clock.sleep(decision.at - now, signal);
      }
    } catch (error) {
      if (signal?.aborted) await this.#state.change((state) => leaveLine(state, id));
      throw error;
    }
  }

  async refund(permit: Permit): Promise<void> {
    this.#known = this.#known.filter(({ id }) => id !== permit.id);
    await this.#state.change((state) => giveBack(state, this.#rules, permit));
  }

  async reject(rejection: Rejection): Promise<void> {
    await this.#state.change((state, now) => applyRejection(state, this.#rules, rejection, now));
  }

  async sync(reading: Reading): Promise<void> {
    await this.#state.change((state, now) => applyReading(state, this.#rules, reading, now));
  }

  async halt(reason: string): Promise<void> {
    await this.#state.change((state) => ({ ...state, halted: reason }));
  }

  async resume(): Promise<void> {
    await this.#state.change((state) => ({ ...state, halted: null }));
  }

  async status(): Promise<LedgerStatus> {
    const { state: stored, now } = await this.#state.read();
    const state = rollDay(putBack(stored, now), this.#rules, now);
    return {
      now,
      ...limitsOf(state, this.#rules),
      usedInWindow: state.sends.filter((send) => send.at > now - this.#rules.windowMs).length,
      usedToday: state.usedToday,
      sentToday: state.sentToday,
      othersToday: state.othersToday,
      heardAt: state.heardAt,
      dayEndsAt: dayEnd(state, this.#rules),
      nextSlotAt: nextSlots(state, this.#rules, { now, count: state.line.length + 1 }).at(-1) ?? now,
      waiting: state.line.length,
      halted: state.halted,
      pace: paceOf(state, this.#rules, now),
    };
  }

  async #ask(
    who: { id: string; place: number | undefined },
    { flow = "", weight = 1, urgent = false, maxWaitMs = 0 }: AcquireOptions,
  ): Promise<{ decision: QuotaDecision; now: number; askedAt: number }> {
    let decision: QuotaDecision | undefined;
    let askedAt = 0;
    const now = await this.#state.change(
      (state, readAt) => {
        const whole = withKnownSends(state, this.#rules, { known: this.#known, now: readAt });
        decision = decide(whole, this.#rules, { ...who, flow, weight, urgent, now: readAt, maxWaitMs });
        return decision.kind === "halted" ? state : decision.state;
      },
      // Tries that were lost to others have granted nothing: with a slow store they take longer than a grant may.
      () => {
        askedAt = this.#clock.now();
      },
    );
    if (!decision) throw new SluiceError("INTERNAL", { message: "The quota ledger was not asked." });
    return { decision, now, askedAt };
  }
}

function paceOf(state: LedgerState, rules: QuotaRules, now: number): LedgerPace {
  const { windowMs, dayMs, guardMs } = rules;
  return {
    ...{ windowMs, dayMs, guardMs },
    gapMs: gapAt(state, rules, now),
    reserved: reservedOf(limitsOf(state, rules).perDay, rules),
    heldUntil: Math.max(state.holdUntil, state.dayClosedUntil),
    recentSends: state.sends.map(({ at }) => at).filter((at) => at > now - windowMs),
  };
}
