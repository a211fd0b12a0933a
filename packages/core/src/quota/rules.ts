import { DAY_MS, MINUTE_MS } from "../shared/duration.ts";

/** The numbers the account's quota is counted by. */
export interface QuotaRules {
  /** Requests in one window until the server has said otherwise. OpenRouter's documented free limit is 20. */
  perMinute: number;
  /** Requests in one UTC day until the server has said otherwise: 50, or 1,000 once $10 were ever bought. */
  perDay: number;
  /** Never more than this in one window, whatever the server allows; default no cap of our own. */
  maxPerMinute?: number | undefined;
  /** Never more than this in one UTC day, whatever the server allows; default no cap of our own. */
  maxPerDay?: number | undefined;
  /** The share of the day, from 0 to 1, that is kept for people who ask by hand. Default 0.02: 1 of 50, 20 of 1,000. */
  reserve: number;
  /**
   * Length of the sliding window, in milliseconds: a minute, and a margin for everything that can move a request in
   * time between its permit and its arrival.
   */
  windowMs: number;
  /** Least distance between two sends, in milliseconds. */
  gapMs: number;
  /** Length of a day, in milliseconds; scaled down in tests. */
  dayMs: number;
  /** How long after the day's end the new day is trusted to have begun at the server, in milliseconds. */
  guardMs: number;
  /**
   * How late a waiter may come for its slot, in milliseconds. One that has not shown up by then (its process died, or
   * sleeps) leaves the line, and nothing is charged for it.
   */
  graceMs: number;
}

/**
 * OpenRouter's free tier. A window of 62 s holds at most `perMinute` sends in any 60 s at the server, whether it
 * counts by fixed or by sliding minutes, as long as a request reaches it within 2 s of its permit.
 */
export const defaultRules: QuotaRules = {
  perMinute: 20,
  perDay: 50,
  reserve: 0.02,
  windowMs: MINUTE_MS + 2_000,
  gapMs: 150,
  dayMs: DAY_MS,
  guardMs: 2_000,
  graceMs: 500,
};
