import type { RunEvent } from "@sluice/core";
import type { LogEvent } from "@sluice/worker";

/** What this process is doing, beside what the records say. */
export interface Activity {
  /** Requests that were answered or refused so far. */
  requests: number;
  /** The model that was asked last. */
  model: string | null;
}

/** Nothing has been asked yet. */
export const idle: Activity = { requests: 0, model: null };

/** The activity after an event. */
export function noteEvent(activity: Activity, event: RunEvent | LogEvent): Activity {
  if (event.type !== "step.attempt") return activity;
  return { requests: activity.requests + 1, model: event.attempt.model };
}
