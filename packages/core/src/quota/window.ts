import type { ClosedReason } from "../errors/quota-errors.ts";
import { MINUTE_MS } from "../shared/duration.ts";
import { dropAbsent, gapAt, joinLine, type LineAsk, leaveLine, nextSlots, serveFirst } from "./line.ts";
import type { QuotaRules } from "./rules.ts";
import { dayAt, dayEnd, type LedgerState, limitsOf, putBack, rollDay } from "./state.ts";

/** A request for a permit; the same id asks again and again until it is served. */
export interface QuotaAsk extends LineAsk {
  now: number;
  /** Longest time it is worth waiting from now, in milliseconds. */
  maxWaitMs: number;
}

/** What {@link decide} answers, and the state after it. */
export type QuotaDecision =
  /** The request may leave now. */
  | { kind: "grant"; state: LedgerState }
  /** Come back at this time; `place` keeps the place in the line, also for one who comes too late. */
  | { kind: "wait"; at: number; place: number; state: LedgerState }
  /** Not worth waiting: no permit before this time. */
  | { kind: "closed"; until: number; reason: ClosedReason; state: LedgerState }
  | { kind: "halted"; reason: string };

/** Sends are remembered this long beyond the window, for readings of the server's count that lag. */
export const READING_LAG_MS = 5 * MINUTE_MS;

/** Grants a permit, or says when to come back: the whole discipline, as a pure function. */
export function decide(state: LedgerState, rules: QuotaRules, ask: QuotaAsk): QuotaDecision {
  const current = dropAbsent(rollDay(putBack(state, ask.now), rules, ask.now), rules, ask.now);
  if (current.halted !== null) return { kind: "halted", reason: current.halted };
  const joined = joinLine(current, ask);
  const rank = joined.line.findIndex(({ id }) => id === ask.id);
  if (rank >= roomToday(joined, rules, ask.urgent)) return daySpent(joined, rules, ask.id);
  // The server closed the day until some moments after midnight, and the new day has begun: it opens then.
  if (joined.dayClosedUntil > ask.now)
    return sentAway(joined, rules, { id: ask.id, opensAt: joined.dayClosedUntil });
  const slots = nextSlots(joined, rules, { now: ask.now, count: rank + 1 });
  const at = slots.at(-1) ?? ask.now;
  // A slot beyond midnight belongs to a day whose count is not open yet.
  if (dayAt(joined, rules, at) > joined.day) return daySpent(joined, rules, ask.id);
  if (rank === 0 && at <= ask.now) return { kind: "grant", state: granted(joined, rules, ask) };
  if (at > ask.now + ask.maxWaitMs) {
    const reason = joined.holdUntil > ask.now ? "hold" : "minute";
    return { kind: "closed", until: at, reason, state: leaveLine(joined, ask.id) };
  }
  const wakeAt =
    at > ask.now ? lookTime(joined, rules, { slots, now: ask.now }) : turnOf(joined, { rank, now: ask.now });
  const line = joined.line.map((waiter) => (waiter.id === ask.id ? { ...waiter, wakeAt } : waiter));
  return { kind: "wait", at: wakeAt, place: line[rank]?.tag ?? 0, state: { ...joined, line } };
}

/**
 * When to come for the last of these slots: at its time, or sooner, once the first in line has come or was given up.
 * Slots that the dead leave open are so taken within the grace, one gap after the other in the order of the line.
 */
function lookTime(
  state: LedgerState,
  rules: QuotaRules,
  at: { slots: readonly number[]; now: number },
): number {
  const { slots, now } = at;
  const [first = now] = slots;
  const settledAt = first + rules.graceMs + (slots.length - 1) * gapAt(state, rules, now);
  return Math.min(slots.at(-1) ?? now, Math.ceil(settledAt));
}

/** How soon to look again for somebody before who is due and has not come yet, in milliseconds. */
const LOOK_AGAIN_MS = 20;

/** A slot may be open while somebody before has not come for it yet: his grace is waited out. */
function turnOf(state: LedgerState, at: { rank: number; now: number }): number {
  const before = state.line[at.rank - 1];
  return Math.max(at.now + LOOK_AGAIN_MS, (before?.wakeAt ?? 0) + 1);
}

function roomToday(state: LedgerState, rules: QuotaRules, urgent: boolean): number {
  const { perDay } = limitsOf(state, rules);
  return perDay - (urgent ? 0 : reservedOf(perDay, rules)) - state.usedToday;
}

/** Permits of a day that only people who ask by hand may take; one at least is left for others. */
export function reservedOf(perDay: number, rules: QuotaRules): number {
  return Math.min(perDay - 1, Math.floor(perDay * rules.reserve));
}

function daySpent(state: LedgerState, rules: QuotaRules, id: string): QuotaDecision {
  return sentAway(state, rules, { id, opensAt: Math.max(dayEnd(state, rules), state.dayClosedUntil) });
}

/** Each that is sent away gets a later time, so that not all come back in the moment in which the day opens. */
function sentAway(
  state: LedgerState,
  rules: QuotaRules,
  { id, opensAt }: { id: string; opensAt: number },
): QuotaDecision {
  const { perMinute, perDay } = limitsOf(state, rules);
  const daysOn = Math.floor(state.sentAway / perDay) * rules.dayMs;
  const afterOpening = Math.floor(((state.sentAway % perDay) * rules.windowMs) / perMinute);
  return {
    kind: "closed",
    until: opensAt + daysOn + afterOpening,
    reason: "day",
    state: leaveLine({ ...state, sentAway: state.sentAway + 1 }, id),
  };
}

function granted(state: LedgerState, rules: QuotaRules, ask: QuotaAsk): LedgerState {
  const oldest = ask.now - Math.max(rules.windowMs, READING_LAG_MS);
  const sends = [...state.sends.filter((send) => send.at > oldest), { id: ask.id, at: ask.now }];
  return {
    ...serveFirst(state),
    sends,
    usedToday: state.usedToday + 1,
    sentToday: state.sentToday + 1,
  };
}

/** Takes back the permit of a request that provably never left. */
export function giveBack(
  state: LedgerState,
  rules: QuotaRules,
  permit: { id: string; at: number },
): LedgerState {
  const sends = state.sends.filter((send) => send.id !== permit.id);
  if (sends.length === state.sends.length) return state;
  if (dayAt(state, rules, permit.at) !== state.day) return { ...state, sends };
  const usedToday = Math.max(0, state.usedToday - 1);
  return { ...state, sends, usedToday, sentToday: Math.max(0, state.sentToday - 1) };
}
