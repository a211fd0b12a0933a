import { z } from "zod";
import type { QuotaRules } from "./rules.ts";

const waiterSchema = z.object({
  id: z.string(),
  /** Whose work it is, for fairness: a pipeline's name. */
  flow: z.string(),
  /** Larger weights get more of the line. */
  weight: z.number(),
  /** A person waits for it: it stands before all that are not urgent. */
  urgent: z.boolean(),
  /** Its place by start-time fair queueing; the smaller one comes first. */
  tag: z.number(),
  /** When it was told to come back, epoch milliseconds. */
  wakeAt: z.number(),
});

/** Somebody who waits for a permit. */
export type Waiter = z.infer<typeof waiterSchema>;

/** The stored form of {@link LedgerState}, parsed whenever it is read. */
export const ledgerStateSchema = z.object({
  /** Permits given, by the time they were given, oldest first. */
  sends: z.array(z.object({ id: z.string(), at: z.number() })),
  /** Who waits, first in line first. */
  line: z.array(waiterSchema),
  /** Where the next waiter of each flow would stand, by start-time fair queueing. */
  flows: z.record(z.string(), z.number()),
  /** The largest place that was served. */
  virtualTime: z.number(),
  /** Number of the UTC day that `usedToday` counts. */
  day: z.number().int(),
  usedToday: z.number().int(),
  /** Permits given on that day and not given back: our own part of `usedToday`. */
  sentToday: z.number().int().default(0),
  /** What the server had counted at its last reading of that day beyond our own sends; null before the first. */
  othersToday: z.number().int().nullable().default(null),
  /** When the server last told its count, epoch milliseconds; null when it never did. */
  heardAt: z.number().nullable().default(null),
  /** How many were sent away today because the day is spent: each gets a later time to come back. */
  sentAway: z.number().int(),
  /** No send before this time: the server said so. Epoch milliseconds. */
  holdUntil: z.number(),
  /** The server closed the day until this time. Epoch milliseconds. */
  dayClosedUntil: z.number(),
  /** Until this time sends are spread evenly over the window. Epoch milliseconds. */
  pacedUntil: z.number(),
  /** The provider's clock minus the store's, in milliseconds. */
  offsetMs: z.number(),
  /** The limits the server has told us; null until it did. */
  learnt: z.object({ perMinute: z.number().int().nullable(), perDay: z.number().int().nullable() }),
  /** Why the account is halted, or null. */
  halted: z.string().nullable(),
});

/**
 * Everything the ledger remembers: a JSON value, so that any store can hold it.
 *
 * ```
 * { sends: [{ id: "4k2m…", at: 1795360801000 }], line: [{ id: "9p0c…", flow: "invoices", wakeAt: 1795360863000, … }],
 *   flows: { invoices: 3 }, virtualTime: 2, day: 20779, usedToday: 12, learnt: { perMinute: null, perDay: 1000 }, … }
 * ```
 */
export type LedgerState = z.infer<typeof ledgerStateSchema>;

/** The state of an account nobody has used yet. */
export function initialState(rules: QuotaRules, now: number): LedgerState {
  return {
    sends: [],
    line: [],
    flows: {},
    virtualTime: 0,
    day: Math.floor(now / rules.dayMs),
    usedToday: 0,
    sentToday: 0,
    othersToday: null,
    heardAt: null,
    sentAway: 0,
    holdUntil: 0,
    dayClosedUntil: 0,
    pacedUntil: 0,
    offsetMs: 0,
    learnt: { perMinute: null, perDay: null },
    halted: null,
  };
}

/** The limits in force: what the server told, else the rules, and never over our own caps. */
export function limitsOf(state: LedgerState, rules: QuotaRules): { perMinute: number; perDay: number } {
  return {
    perMinute: Math.min(
      state.learnt.perMinute ?? rules.perMinute,
      rules.maxPerMinute ?? Number.POSITIVE_INFINITY,
    ),
    perDay: Math.min(state.learnt.perDay ?? rules.perDay, rules.maxPerDay ?? Number.POSITIVE_INFINITY),
  };
}

/** The number of the provider's UTC day at a time of the store's clock. */
export function dayAt(state: LedgerState, rules: QuotaRules, at: number): number {
  return Math.floor((at + state.offsetMs) / rules.dayMs);
}

/** When the counted day is surely over at the server. Epoch milliseconds of the store's clock. */
export function dayEnd(state: LedgerState, rules: QuotaRules): number {
  return (state.day + 1) * rules.dayMs - state.offsetMs + rules.guardMs;
}

/**
 * The state after the store's clock was put back, which shows in a send that lies ahead of now. All times go back with
 * it, so that the newest send counts as sent now: nothing is sent too early, and nobody waits for the old time to come
 * round again. The day stays as it is.
 */
export function putBack(state: LedgerState, now: number): LedgerState {
  const aheadMs = (state.sends.at(-1)?.at ?? now) - now;
  if (aheadMs <= 0) return state;
  return {
    ...state,
    sends: state.sends.map((send) => ({ ...send, at: send.at - aheadMs })),
    line: state.line.map((waiter) => ({ ...waiter, wakeAt: waiter.wakeAt - aheadMs })),
    holdUntil: state.holdUntil - aheadMs,
    pacedUntil: state.pacedUntil - aheadMs,
  };
}

/** Starts a new count once the provider's day is surely over; a clock that steps back never reopens a day. */
export function rollDay(state: LedgerState, rules: QuotaRules, now: number): LedgerState {
  const today = dayAt(state, rules, now - rules.guardMs);
  if (today <= state.day) return state;
  const dayClosedUntil = state.dayClosedUntil <= now ? 0 : state.dayClosedUntil;
  return {
    ...state,
    day: today,
    usedToday: 0,
    sentToday: 0,
    othersToday: null,
    sentAway: 0,
    dayClosedUntil,
  };
}
