/** The account's free-tier limits and how their windows are counted. */
export interface Limits {
  perMinute: number;
  perDay: number;
  /** The day limit of stealth models, which have a counter of their own. */
  stealthPerDay: number;
  minuteMs: number;
  dayMs: number;
  /** A fixed minute begins at whole multiples of its length since the epoch; a sliding one at every request. */
  windowKind: "fixed" | "sliding";
  /** True when a refused request is counted as well. */
  countRejected: boolean;
}

/** Requests counted in one fixed window. */
interface Window {
  readonly index: number;
  readonly used: number;
}

/** All counters of an account. */
export interface Usage {
  readonly minute: Window;
  /** Times of the last requests, as many as a sliding minute has to look at; empty with a fixed one. */
  readonly recent: readonly number[];
  readonly day: Window;
  readonly stealthDay: Window;
}

/** One request to be counted. */
export interface Arrival {
  /** Epoch ms. */
  at: number;
  /** Counts in the day of the stealth models instead of the ordinary one. */
  isStealth?: boolean;
}

/** Why a request was refused, and when (epoch ms) it would be let in. */
export interface LimitHit {
  scope: "minute" | "day" | "stealth-day";
  limit: number;
  resetAt: number;
}

const EMPTY: Window = { index: -1, used: 0 };

/** An account that has sent nothing yet. */
export const NO_USAGE: Usage = { minute: EMPTY, recent: [], day: EMPTY, stealthDay: EMPTY };

/** Counts one request. A refused one counts too unless told otherwise, so `used` may pass the limit. */
export function charge(
  usage: Usage,
  limits: Limits,
  arrival: Arrival,
): { usage: Usage; hit: LimitHit | null } {
  const { at, isStealth = false } = arrival;
  const charged: Usage = {
    minute: addOne(usage.minute, limits.minuteMs, at),
    recent: limits.windowKind === "sliding" ? [...usage.recent, at].slice(-limits.perMinute - 1) : [],
    day: isStealth ? usage.day : addOne(usage.day, limits.dayMs, at),
    stealthDay: isStealth ? addOne(usage.stealthDay, limits.dayMs, at) : usage.stealthDay,
  };
  const hit = findMinuteHit(charged, limits, at) ?? findDayHit(charged, limits, isStealth);
  return { usage: hit !== null && !limits.countRejected ? usage : charged, hit };
}

/** Requests counted today, as `GET /key` reports them. */
export function usedToday(usage: Usage, limits: Limits, now: number): number {
  return usage.day.index === windowIndex(limits.dayMs, now) ? usage.day.used : 0;
}

function findMinuteHit({ minute, recent }: Usage, limits: Limits, at: number): LimitHit | null {
  const { perMinute, minuteMs } = limits;
  const hit = { scope: "minute", limit: perMinute } as const;
  if (limits.windowKind === "fixed") {
    return minute.used > perMinute ? { ...hit, resetAt: (minute.index + 1) * minuteMs } : null;
  }
  const [oldest = at, second = at] = recent;
  if (recent.length <= perMinute || oldest <= at - minuteMs) return null;
  // The refused request stands in the window only when it was counted; then one more has to leave.
  return { ...hit, resetAt: (limits.countRejected ? second : oldest) + minuteMs };
}

function findDayHit({ day, stealthDay }: Usage, limits: Limits, isStealth: boolean): LimitHit | null {
  const { used, index } = isStealth ? stealthDay : day;
  const limit = isStealth ? limits.stealthPerDay : limits.perDay;
  if (used <= limit) return null;
  return { scope: isStealth ? "stealth-day" : "day", limit, resetAt: (index + 1) * limits.dayMs };
}

function addOne(window: Window, lengthMs: number, now: number): Window {
  const index = windowIndex(lengthMs, now);
  return window.index === index ? { index, used: window.used + 1 } : { index, used: 1 };
}

function windowIndex(lengthMs: number, now: number): number {
  return Math.floor(now / lengthMs);
}
