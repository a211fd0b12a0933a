/** The account's free-tier limits and the lengths of their windows. */
export interface Limits {
  perMinute: number;
  perDay: number;
  minuteMs: number;
  dayMs: number;
}

/** Requests counted in one fixed window; windows begin at whole multiples of their length since the epoch. */
export interface Window {
  readonly index: number;
  readonly used: number;
}

/** Both counters of an account. */
export interface Usage {
  readonly minute: Window;
  readonly day: Window;
}

/** Why a request was refused, and when (epoch ms) the window ends. */
export interface LimitHit {
  scope: "minute" | "day";
  limit: number;
  resetAt: number;
}

/** An account that has sent nothing yet. */
export const NO_USAGE: Usage = { minute: { index: -1, used: 0 }, day: { index: -1, used: 0 } };

/** Counts one request at `now`. A refused request counts too, so `used` may pass the limit. */
export function charge(usage: Usage, limits: Limits, now: number): { usage: Usage; hit: LimitHit | null } {
  const charged: Usage = {
    minute: addOne(usage.minute, limits.minuteMs, now),
    day: addOne(usage.day, limits.dayMs, now),
  };
  return { usage: charged, hit: findHit(charged, limits) };
}

/** Requests counted today, as `GET /key` reports them. */
export function usedToday(usage: Usage, limits: Limits, now: number): number {
  return usage.day.index === windowIndex(limits.dayMs, now) ? usage.day.used : 0;
}

function findHit(usage: Usage, limits: Limits): LimitHit | null {
  const { minute, day } = usage;
  if (minute.used > limits.perMinute) {
    return { scope: "minute", limit: limits.perMinute, resetAt: (minute.index + 1) * limits.minuteMs };
  }
  if (day.used > limits.perDay) {
    return { scope: "day", limit: limits.perDay, resetAt: (day.index + 1) * limits.dayMs };
  }
  return null;
}

function addOne(window: Window, lengthMs: number, now: number): Window {
  const index = windowIndex(lengthMs, now);
  return window.index === index ? { index, used: window.used + 1 } : { index, used: 1 };
}

function windowIndex(lengthMs: number, now: number): number {
  return Math.floor(now / lengthMs);
}
