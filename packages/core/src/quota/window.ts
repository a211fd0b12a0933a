import type { ClosedReason } from "../errors/quota-errors.ts";
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
  /** Length of the sliding window, in milliseconds: a minute and a margin for everything that can move a request in time. */
  windowMs: number;
  /** Least distance between two sends, in milliseconds. */
  gapMs: number;
  /** Length of a day, in milliseconds; scaled down in tests. */
  dayMs: number;
  /** How long after the day's end the new day is trusted to have begun at the server, in milliseconds. */
  guardMs: number;
  /**
   * How late after its slot a request may still leave, in milliseconds. A waiter that has not shown up by then (its
   * process died, or slept) has lost the slot, and nothing is charged for it.
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
  windowMs: MINUTE_MS + 2_000,
  gapMs: 150,
  dayMs: DAY_MS,
  guardMs: 2_000,
  graceMs: 1_000,
};

/** How long sends are remembered beyond the window, for {@link applyReading}: `GET /key` lags by minutes. */
const READING_LAG_MS = 5 * MINUTE_MS;

/** After a 429 that the ledger did not expect, sends are paced evenly for this many windows. */
const PACED_WINDOWS = 10;

/**
 * Everything the ledger remembers: a JSON value, so that any store can hold it.
 *
 * ```
 * { sends: [{ id: "4k2m…", at: 1795360801000, sent: true }], day: 20779, usedToday: 12, holdUntil: 0,
 *   dayClosedUntil: 0, pacedUntil: 0, learnt: { perMinute: null, perDay: 1000 }, halted: null }
 * ```
 */
export interface LedgerState {
  /**
   * Slots given, by the time their request may leave (it may lie ahead), oldest first. `sent` turns true when the
   * waiter has shown up for its slot.
   */
  sends: Array<{ id: string; at: number; sent: boolean }>;
  /** Number of the UTC day that `usedToday` counts. */
  day: number;
  usedToday: number;
  /** No send before this time: the server said so. Epoch milliseconds. */
  holdUntil: number;
  /** The server closed the day until this time. Epoch milliseconds. */
  dayClosedUntil: number;
  /** Until this time sends are spread evenly over the window. Epoch milliseconds. */
  pacedUntil: number;
  /** The limits the server has told us; null until it did. */
  learnt: { perMinute: number | null; perDay: number | null };
  /** Why the account is halted, or null. */
  halted: string | null;
}

/** What {@link decide} answers. */
export type QuotaDecision =
  | { kind: "grant"; at: number; state: LedgerState }
  | { kind: "closed"; until: number; reason: ClosedReason }
  | { kind: "halted"; reason: string };

/** The state of an account nobody has used yet. */
export function initialState(rules: QuotaRules, now: number): LedgerState {
  return {
    sends: [],
    day: dayOf(rules, now),
    usedToday: 0,
    holdUntil: 0,
    dayClosedUntil: 0,
    pacedUntil: 0,
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

/**
 * Grants the next free slot under `id`, or says when there will be one.
 *
 * A grant may lie up to `maxWaitMs` ahead: each waiter holds a slot of its own, sleeps until then and asks nothing meanwhile.
 */
export function decide(
  state: LedgerState,
  rules: QuotaRules,
  ask: { id: string; now: number; maxWaitMs: number },
): QuotaDecision {
  const current = withoutLostSlots(rollDay(state, rules, ask.now), rules, ask.now);
  if (current.halted !== null) return { kind: "halted", reason: current.halted };
  if (current.dayClosedUntil > ask.now || current.usedToday >= limitsOf(current, rules).perDay) {
    return {
      kind: "closed",
      until: Math.max(current.dayClosedUntil, dayEnd(rules, current.day)),
      reason: "day",
    };
  }
  const at = nextSlot(current, rules, ask.now);
  if (at > ask.now + ask.maxWaitMs) {
    return { kind: "closed", until: at, reason: current.holdUntil > ask.now ? "hold" : "minute" };
  }
  // A slot beyond midnight belongs to a day whose count is not open yet.
  if (dayOf(rules, at) > current.day)
    return { kind: "closed", until: dayEnd(rules, current.day), reason: "day" };
  const sends = [...pruned(current.sends, rules, ask.now), { id: ask.id, at, sent: at <= ask.now }];
  return { kind: "grant", at, state: { ...current, sends, usedToday: current.usedToday + 1 } };
}

/**
 * A waiter shows up for its slot: null when it has to ask again, because the account was closed meanwhile or it came
 * too late. Its slot is given back then.
 */
export function claimSlot(
  state: LedgerState,
  rules: QuotaRules,
  ask: { id: string; now: number },
): LedgerState | null {
  const current = withoutLostSlots(rollDay(state, rules, ask.now), rules, ask.now);
  const isOpen = current.halted === null && current.holdUntil <= ask.now && current.dayClosedUntil <= ask.now;
  const isMine = current.sends.some((send) => send.id === ask.id);
  if (!isOpen || !isMine) return null;
  return {
    ...current,
    sends: current.sends.map((send) => (send.id === ask.id ? { ...send, sent: true } : send)),
  };
}

/** The earliest time at which one more request may leave; never in the past. */
export function nextSlot(state: LedgerState, rules: QuotaRules, now: number): number {
  const { perMinute } = limitsOf(state, rules);
  const gapMs = state.pacedUntil > now ? Math.max(rules.gapMs, rules.windowMs / perMinute) : rules.gapMs;
  const last = state.sends.at(-1);
  const oldestThatCounts = state.sends.at(-perMinute);
  return Math.ceil(
    Math.max(
      now,
      state.holdUntil,
      last ? last.at + gapMs : 0,
      oldestThatCounts && state.sends.length >= perMinute ? oldestThatCounts.at + rules.windowMs : 0,
    ),
  );
}

/** Takes back the permit of a request that provably never left. */
export function giveBack(
  state: LedgerState,
  rules: QuotaRules,
  permit: { id: string; at: number },
): LedgerState {
  const sends = state.sends.filter((send) => send.id !== permit.id);
  if (sends.length === state.sends.length) return state;
  const sameDay = dayOf(rules, permit.at) === state.day;
  return { ...state, sends, usedToday: sameDay ? Math.max(0, state.usedToday - 1) : state.usedToday };
}

/** What the server's own 429 says of the account. */
export interface Rejection {
  kind: "minute" | "day";
  /** Epoch milliseconds at which the server opens again, when it said so. */
  resetAt?: number | undefined;
  /** The limit the server counts by, when it said so. */
  limit?: number | undefined;
}

/** Adopts the server's view after its own 429: hold until the reset, accept a lower limit, pace evenly for a while. */
export function applyRejection(
  state: LedgerState,
  rules: QuotaRules,
  rejection: Rejection,
  now: number,
): LedgerState {
  const { perMinute, perDay } = limitsOf(state, rules);
  if (rejection.kind === "day") {
    const current = rollDay(state, rules, now);
    const until =
      rejection.resetAt === undefined ? dayEnd(rules, current.day) : rejection.resetAt + rules.guardMs;
    const limit = rejection.limit ?? perDay;
    return {
      ...current,
      learnt: { ...current.learnt, perDay: limit },
      dayClosedUntil: Math.max(current.dayClosedUntil, until),
      usedToday: Math.max(current.usedToday, limit),
    };
  }
  const asked = rejection.resetAt === undefined ? now + rules.windowMs : rejection.resetAt + rules.guardMs;
  // A wrong header must not stop the account for long.
  const until = Math.min(asked, now + 2 * rules.windowMs);
  return {
    ...state,
    holdUntil: Math.max(state.holdUntil, until),
    pacedUntil: Math.max(state.pacedUntil, now + PACED_WINDOWS * rules.windowMs),
    learnt: { ...state.learnt, perMinute: Math.min(perMinute, rejection.limit ?? perMinute) },
  };
}

/** A reading of `GET /key`: what the server has counted today. */
export interface Reading {
  used: number;
  limit: number;
  /** Epoch milliseconds at which it was read. */
  readAt: number;
}

/** Adopts the server's count of the day, with our own sends it may not have seen yet on top. */
export function applyReading(
  state: LedgerState,
  rules: QuotaRules,
  reading: Reading,
  now: number,
): LedgerState {
  const current = rollDay(state, rules, now);
  const unseen = current.sends.filter(
    (send) => send.at > reading.readAt - READING_LAG_MS && dayOf(rules, send.at) === current.day,
  );
  const usedToday = reading.used + unseen.length;
  const dayClosedUntil = usedToday < reading.limit ? 0 : current.dayClosedUntil;
  return { ...current, usedToday, learnt: { ...current.learnt, perDay: reading.limit }, dayClosedUntil };
}

/** When the given day is surely over at the server. Epoch milliseconds. */
export function dayEnd(rules: QuotaRules, day: number): number {
  return (day + 1) * rules.dayMs + rules.guardMs;
}

/** Starts a new count once the provider's day is surely over; a clock that steps back never reopens a day. */
export function rollDay(state: LedgerState, rules: QuotaRules, now: number): LedgerState {
  const today = dayOf(rules, now - rules.guardMs);
  if (today <= state.day) return state;
  return {
    ...state,
    day: today,
    usedToday: 0,
    dayClosedUntil: state.dayClosedUntil <= now ? 0 : state.dayClosedUntil,
  };
}

/** Takes out the slots of waiters that never showed up; they were not sent, so they do not count. */
function withoutLostSlots(state: LedgerState, rules: QuotaRules, now: number): LedgerState {
  const lost = state.sends.filter((send) => !send.sent && send.at + rules.graceMs < now);
  return lost.reduce((left, send) => giveBack(left, rules, send), state);
}

function dayOf(rules: QuotaRules, at: number): number {
  return Math.floor(at / rules.dayMs);
}

function pruned(sends: LedgerState["sends"], rules: QuotaRules, now: number): LedgerState["sends"] {
  const oldest = now - Math.max(rules.windowMs, READING_LAG_MS);
  return sends.filter((send) => send.at > oldest);
}
