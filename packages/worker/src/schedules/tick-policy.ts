import { MINUTE_MS } from "@sluice/core";
import type { Schedule, ScheduleTick } from "./schedule.ts";

/** A worker that gave no sign of life for this long has died over its tick. */
export const LEASE_MS = MINUTE_MS;

/** Whether somebody may take a tick now: the one that is due, or one in between. */
export function mayTake(schedule: Schedule, which: "due" | "now", now: number): boolean {
  const isFree = schedule.claim === null || schedule.claim.until <= now;
  return isFree && (which === "now" || schedule.nextAt <= now);
}

/** When it is worth to look at a schedule again: its tick is due, or whoever is at work on it is taken for dead. */
export function lookAgainAt({ nextAt, claim }: Schedule): number {
  return Math.max(nextAt, claim?.until ?? 0);
}

/** Taken, or kept for longer, by whoever has this claim. */
export function claimed(schedule: Schedule, id: string, now: number): Schedule {
  return { ...schedule, claim: { id, until: now + LEASE_MS } };
}

/** Given back untouched; null when somebody else has it. */
export function released(schedule: Schedule, id: string): Schedule | null {
  return schedule.claim?.id === id ? { ...schedule, claim: null } : null;
}

/** After a tick; null when somebody else has it. */
export function ended(
  schedule: Schedule,
  id: string,
  { tick, nextAt }: { tick: ScheduleTick; nextAt: number },
): Schedule | null {
  const free = released(schedule, id);
  return free && { ...free, nextAt, lastTick: tick, lastBatchId: tick.batchId ?? schedule.lastBatchId };
}
