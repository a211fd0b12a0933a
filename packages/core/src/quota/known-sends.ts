import type { QuotaRules } from "./rules.ts";
import { dayAt, type LedgerState } from "./state.ts";

/** A permit that was given, as it stands in {@link LedgerState.sends}. */
type Send = LedgerState["sends"][number];

/**
 * The state with those sends of the window that a process knows of and the store has lost: it was emptied, restored, or
 * a replica that was behind took over. So the window does not open anew for what this process has sent; what others have
 * sent is put back when they ask.
 */
export function withKnownSends(
  state: LedgerState,
  rules: QuotaRules,
  { known, now }: { known: readonly Send[]; now: number },
): LedgerState {
  if (known.length === 0) return state;
  const present = new Set(state.sends.map(({ id }) => id));
  // What lies ahead of now was sent before the store's clock was put back: the store has it, at another time.
  const lost = known.filter(({ id, at }) => at > now - rules.windowMs && at <= now && !present.has(id));
  if (lost.length === 0) return state;
  const ofToday = lost.filter(({ at }) => dayAt(state, rules, at) === state.day).length;
  return {
    ...state,
    sends: [...state.sends, ...lost].sort((one, other) => one.at - other.at),
    usedToday: state.usedToday + ofToday,
    sentToday: state.sentToday + ofToday,
  };
}
