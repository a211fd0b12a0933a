import type { QuotaRules } from "./rules.ts";
import { type LedgerState, limitsOf, type Waiter } from "./state.ts";

/** Who asks for a place in the line. */
export interface LineAsk {
  id: string;
  flow: string;
  weight: number;
  urgent: boolean;
  /** The place it was told before, when it asks again. */
  place?: number | undefined;
}

/**
 * Gives a place in the line by start-time fair queueing: flows share it by their weights, and inside a flow it is first
 * come, first served. Who stands there already keeps the place.
 */
export function joinLine(state: LedgerState, ask: LineAsk): LedgerState {
  if (state.line.some((waiter) => waiter.id === ask.id)) return state;
  const { id, flow, weight, urgent, place } = ask;
  const tag = place ?? Math.max(state.virtualTime, state.flows[flow] ?? 0);
  const waiter: Waiter = { id, flow, weight, urgent, tag, wakeAt: 0 };
  const behind = state.line.findIndex((other) => standsBefore(waiter, other));
  const at = behind < 0 ? state.line.length : behind;
  return {
    ...state,
    line: state.line.toSpliced(at, 0, waiter),
    flows: { ...state.flows, [flow]: Math.max(state.flows[flow] ?? 0, tag + 1 / weight) },
  };
}

function standsBefore(one: Waiter, other: Waiter): boolean {
  return one.urgent === other.urgent ? one.tag < other.tag : one.urgent;
}

/** Takes somebody out of the line unserved; the flow gets its place back. */
export function leaveLine(state: LedgerState, id: string): LedgerState {
  const waiter = state.line.find((other) => other.id === id);
  if (!waiter) return state;
  const flows = { ...state.flows, [waiter.flow]: (state.flows[waiter.flow] ?? 0) - 1 / waiter.weight };
  return tidied({ ...state, flows, line: state.line.filter((other) => other.id !== id) });
}

/** Takes the first in line out because it was served. */
export function serveFirst(state: LedgerState): LedgerState {
  const [first, ...line] = state.line;
  return tidied({ ...state, line, virtualTime: Math.max(state.virtualTime, first?.tag ?? 0) });
}

/** Takes out who was told to come back and did not: its process died, or sleeps. */
export function dropAbsent(state: LedgerState, rules: QuotaRules, now: number): LedgerState {
  const absent = state.line.filter((waiter) => waiter.wakeAt + rules.graceMs < now);
  return absent.reduce((left, waiter) => leaveLine(left, waiter.id), state);
}

/** With nobody in line there is nothing to be fair about. */
function tidied(state: LedgerState): LedgerState {
  return state.line.length > 0 ? state : { ...state, flows: {}, virtualTime: 0 };
}

/** The distance between two sends: the least one, or an even share of the window while sends are paced. */
export function gapAt(state: LedgerState, rules: QuotaRules, now: number): number {
  const { perMinute } = limitsOf(state, rules);
  return state.pacedUntil > now ? Math.max(rules.gapMs, rules.windowMs / perMinute) : rules.gapMs;
}

/** The earliest times at which the next `count` requests may leave, none of them in the past. */
export function nextSlots(
  state: LedgerState,
  rules: QuotaRules,
  ask: { now: number; count: number },
): number[] {
  const { perMinute } = limitsOf(state, rules);
  const gapMs = gapAt(state, rules, ask.now);
  const log = state.sends.map(({ at }) => at);
  for (let n = 0; n < ask.count; n++) {
    const last = log.at(-1);
    const windowStart = log.length >= perMinute ? log.at(-perMinute) : undefined;
    log.push(
      Math.ceil(
        Math.max(
          ask.now,
          state.holdUntil,
          last === undefined ? 0 : last + gapMs,
          windowStart === undefined ? 0 : windowStart + rules.windowMs,
        ),
      ),
    );
  }
  return log.slice(state.sends.length);
}
