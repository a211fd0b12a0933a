import type { LedgerStatus } from "../quota/ledger.ts";

/**
 * The earliest times at which requests may leave, one after the other, by the ledger's own rules (`quota/window.ts`): the
 * sliding minute, the least gap, the day with its reserve, and the moments after midnight in which no day is open.
 */
export class SendTimes {
  readonly #status: LedgerStatus;
  readonly #perMinute: number;
  /** The last `#perMinute` of them and some more, oldest first. */
  readonly #sends: number[];
  #leftToday: number;
  #dayEndsAt: number;
  #opensAt: number;

  constructor(status: LedgerStatus) {
    const { perMinute, perDay, usedToday, dayEndsAt, pace } = status;
    this.#status = status;
    this.#perMinute = Math.max(1, perMinute);
    this.#sends = pace.recentSends.slice(-this.#perMinute);
    this.#leftToday = perDay - pace.reserved - usedToday;
    this.#dayEndsAt = dayEndsAt;
    this.#opensAt = pace.heldUntil;
  }

  /** Takes the next slot at or after `now`, epoch milliseconds. Later calls never get an earlier one. */
  take(now: number): number {
    const { guardMs } = this.#status.pace;
    let at = this.#slotFrom(now);
    // A slot beyond midnight belongs to a day that opens some moments later.
    while (this.#leftToday <= 0 || at >= this.#dayEndsAt - guardMs) {
      this.#beginDay();
      at = this.#slotFrom(now);
    }
    this.#leftToday -= 1;
    this.#sends.push(at);
    if (this.#sends.length > 2 * this.#perMinute) this.#sends.splice(0, this.#perMinute);
    return at;
  }

  #slotFrom(now: number): number {
    const { pace } = this.#status;
    const last = this.#sends.at(-1) ?? Number.NEGATIVE_INFINITY;
    const windowStart = this.#sends.at(-this.#perMinute) ?? Number.NEGATIVE_INFINITY;
    return Math.ceil(Math.max(now, this.#opensAt, last + pace.gapMs, windowStart + pace.windowMs));
  }

  #beginDay(): void {
    const { perDay, pace } = this.#status;
    this.#opensAt = Math.max(this.#opensAt, this.#dayEndsAt);
    this.#leftToday = Math.max(1, perDay - pace.reserved);
    this.#dayEndsAt += pace.dayMs;
  }
}

/**
 * When the last of so many requests may leave at the earliest, epoch milliseconds; `now` when there is none. Null for an
 * account that is halted.
 */
export function finishTime(requests: number, status: LedgerStatus, now: number): number | null {
  if (requests <= 0) return now;
  if (status.halted !== null) return null;
  const times = new SendTimes(status);
  let at = now;
  for (let sent = 0; sent < requests; sent++) at = times.take(now);
  return at;
}
