import type { QuotaRules } from "./rules.ts";
import { dayAt, dayEnd, type LedgerState, limitsOf, rollDay } from "./state.ts";
import { READING_LAG_MS } from "./window.ts";

/** After a 429 that the ledger did not expect, sends are paced evenly for this many windows. */
const PACED_WINDOWS = 10;

/** What the server's own 429 says of the account. */
export interface Rejection {
  kind: "minute" | "day";
  /** Epoch milliseconds, by the server's clock, at which it opens again, when it said so. */
  resetAt?: number | undefined;
  /** The limit the server counts by, when it said so. */
  limit?: number | undefined;
}

/** Adopts the server's view after its own 429. */
export function applyRejection(
  state: LedgerState,
  rules: QuotaRules,
  rejection: Rejection,
  now: number,
): LedgerState {
  return rejection.kind === "day"
    ? closeDay(state, rules, rejection, now)
    : holdMinute(state, rules, rejection, now);
}

function closeDay(
  state: LedgerState,
  rules: QuotaRules,
  { resetAt, limit }: Rejection,
  now: number,
): LedgerState {
  const current = rollDay(state, rules, now);
  const perDay = limit ?? limitsOf(current, rules).perDay;
  const until = resetAt === undefined ? dayEnd(current, rules) : resetAt - current.offsetMs + rules.guardMs;
  return {
    ...current,
    learnt: { ...current.learnt, perDay },
    dayClosedUntil: Math.max(current.dayClosedUntil, until),
    usedToday: Math.max(current.usedToday, perDay),
  };
}

/** Holds until the reset, accepts a lower limit, and paces evenly for a while: every known way of counting bears that. */
function holdMinute(
  state: LedgerState,
  rules: QuotaRules,
  { resetAt, limit }: Rejection,
  now: number,
): LedgerState {
  const { perMinute } = limitsOf(state, rules);
  const asked = resetAt === undefined ? now + rules.windowMs : resetAt - state.offsetMs + rules.guardMs;
  // A wrong header must not stop the account for long.
  const until = Math.min(asked, now + 2 * rules.windowMs);
  return {
    ...state,
    holdUntil: Math.max(state.holdUntil, until),
    pacedUntil: Math.max(state.pacedUntil, now + PACED_WINDOWS * rules.windowMs),
    learnt: { ...state.learnt, perMinute: Math.min(perMinute, limit ?? perMinute) },
  };
}

/** A reading of `GET /key`: what the server has counted today. */
export interface Reading {
  used: number;
  limit: number;
  /** The server's own time in that moment, when it told: corrects our idea of its midnight. */
  serverNow?: number | undefined;
}

/**
 * Adopts the server's count of the day, with our own sends it may not have seen yet on top.
 *
 * When the server knows of sends that we do not (another program, or a state that was lost), the next window is paced
 * evenly: nobody knows how full the minute is.
 */
export function applyReading(
  state: LedgerState,
  rules: QuotaRules,
  reading: Reading,
  now: number,
): LedgerState {
  const offsetMs = reading.serverNow === undefined ? state.offsetMs : reading.serverNow - now;
  const current = rollDay({ ...state, offsetMs }, rules, now);
  const isUnseen = ({ at }: { at: number }) =>
    at > now - READING_LAG_MS && dayAt(current, rules, at) === current.day;
  const learnt = { ...current.learnt, perDay: reading.limit };
  // The server's count lags: in the first minutes of a day it may still be yesterday's.
  const dayBegan = current.day * rules.dayMs - offsetMs;
  if (now < dayBegan + Math.min(READING_LAG_MS, rules.dayMs / 10))
    return { ...current, learnt, heardAt: now };
  const usedToday = reading.used + current.sends.filter(isUnseen).length;
  const isSurprise = reading.used > current.usedToday;
  return {
    ...current,
    usedToday,
    // At least so many: our newest sends may be missing in the server's count.
    othersToday: Math.max(0, reading.used - current.sentToday),
    heardAt: now,
    learnt,
    dayClosedUntil: usedToday < reading.limit ? 0 : current.dayClosedUntil,
    pacedUntil: isSurprise ? Math.max(current.pacedUntil, now + rules.windowMs) : current.pacedUntil,
  };
}
