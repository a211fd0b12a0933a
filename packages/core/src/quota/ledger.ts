import type { Reading, Rejection } from "./server-view.ts";

/** Leave to send exactly one HTTP request, at once; given at `at` (epoch milliseconds of the store's clock). */
export interface Permit {
  readonly id: string;
  readonly at: number;
  /** A request that has not left by then must give it back: epoch milliseconds of this process's clock. */
  readonly sendBy: number;
}

/** How a caller waits for a permit. */
export interface AcquireOptions {
  /** Longest wait in place, in milliseconds (default 60,000); beyond it the call is refused with the time to come back. */
  maxWaitMs?: number | undefined;
  /** Whose work it is: flows share the line fairly, and inside a flow it is first come, first served. Default "". */
  flow?: string | undefined;
  /** A flow's share of the line beside others, above 0. Default 1. */
  weight?: number | undefined;
  /** A person waits for it: goes before all other work and may use the day's reserve. Default false. */
  urgent?: boolean | undefined;
  /** Gives the place in the line up. */
  signal?: AbortSignal | undefined;
}

/** What times the next sends, beside the limits. */
export interface LedgerPace {
  /** Length of the sliding window, in milliseconds. */
  windowMs: number;
  /** Least distance between two sends now, in milliseconds. */
  gapMs: number;
  /** Length of a day, in milliseconds. */
  dayMs: number;
  /** How long after the server's midnight the new day opens, in milliseconds. */
  guardMs: number;
  /** Permits of each day that only people who ask by hand may take. */
  reserved: number;
  /** No send before this time, epoch milliseconds: the server said so. In the past when it did not. */
  heldUntil: number;
  /** When the permits of the last window were given, epoch milliseconds, oldest first. */
  recentSends: readonly number[];
}

/** What `sluice quota` shows. */
export interface LedgerStatus {
  /** The store's clock, epoch milliseconds. */
  now: number;
  perMinute: number;
  usedInWindow: number;
  perDay: number;
  usedToday: number;
  /** The part of `usedToday` that was sent through this ledger. */
  sentToday: number;
  /** The part that others have used at least, by the server's last reading of this day; null before the first. */
  othersToday: number | null;
  /** When the server last told its count, epoch milliseconds; null when it never did. */
  heardAt: number | null;
  /** When the day's count starts again, epoch milliseconds. */
  dayEndsAt: number;
  /** The next time a request may leave, epoch milliseconds. */
  nextSlotAt: number;
  /** Who waits for a permit, in all processes. */
  waiting: number;
  halted: string | null;
  pace: LedgerPace;
}

/**
 * The shared quota of one account: every HTTP request to a model takes a permit here first.
 *
 * Charged before sending and given back only when the bytes provably never left. Fails closed: a ledger whose
 * store cannot be reached gives no permit.
 */
export interface Ledger {
  /**
   * Waits for the next free slot and resolves when the request may be sent.
   *
   * @throws QuotaClosedError when no slot opens within `maxWaitMs`.
   * @throws AccountHaltedError when the account is halted.
   */
  acquire(options?: AcquireOptions): Promise<Permit>;
  /** Gives a permit back; only for a request that provably never left this process. */
  refund(permit: Permit): Promise<void>;
  /** Tells every process what the server's own 429 said. */
  reject(rejection: Rejection): Promise<void>;
  /** Adopts the server's count of the day. */
  sync(reading: Reading): Promise<void>;
  /** Stops the whole account, in every process, until {@link Ledger.resume}. */
  halt(reason: string): Promise<void>;
  resume(): Promise<void>;
  status(): Promise<LedgerStatus>;
}
