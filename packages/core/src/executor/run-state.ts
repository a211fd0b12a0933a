import type { ErrorRecord } from "../errors/sluice-error.ts";

/** Every state a run can be in; there are no others. */
export const runStatuses = [
  "queued",
  "running",
  "parked",
  "waiting",
  "completed",
  "failed",
  "cancelled",
] as const;

/** The state of a run. */
export type RunStatus = (typeof runStatuses)[number];

/** What a run has cost and used so far; it only grows. */
export interface RunUsage {
  /** HTTP requests sent for this run, failed ones included. */
  requests: number;
  /** Models that answered, in order of first use. */
  models: string[];
  /** True when the run asked models and every answer came from the cache. */
  cached: boolean;
}

/** The part of a run that changes while it is executed. Times are epoch milliseconds. */
export interface RunState extends RunUsage {
  status: RunStatus;
  /** When a parked run is taken up again; null in every other state. */
  parkedUntil: number | null;
  parkedWhy: string | null;
  error: ErrorRecord | null;
  /** How often the run was taken up again after a failure that may pass by itself. */
  retries: number;
  enqueuedAt: number;
  startedAt: number | null;
  finishedAt: number | null;
}

/** What happens to a run. */
export type RunTransition =
  | { type: "start" }
  | { type: "park"; until: number; why: string; usage: RunUsage; isRetry?: boolean }
  | { type: "requeue"; usage: RunUsage }
  | { type: "complete"; usage: RunUsage }
  | { type: "fail"; error: ErrorRecord; usage: RunUsage }
  | { type: "cancel" };

/** A run nobody has worked on yet. */
export function queuedState(now: number): RunState {
  return {
    status: "queued",
    parkedUntil: null,
    parkedWhy: null,
    error: null,
    retries: 0,
    requests: 0,
    models: [],
    cached: false,
    enqueuedAt: now,
    startedAt: null,
    finishedAt: null,
  };
}

/** True when nothing will change a run in this state any more. */
export function isFinished(status: RunStatus): boolean {
  return status === "completed" || status === "failed" || status === "cancelled";
}

/**
 * The state after a transition, or null when the run is finished already: the first recorded end wins.
 */
export function transition<S extends RunState>(state: S, change: RunTransition, now: number): S | null {
  if (isFinished(state.status)) return null;
  const base = { ...state, parkedUntil: null, parkedWhy: null };
  switch (change.type) {
    case "start":
      return { ...base, status: "running", startedAt: state.startedAt ?? now };
    case "park":
      return {
        ...base,
        ...change.usage,
        status: "parked",
        parkedUntil: change.until,
        parkedWhy: change.why,
        retries: state.retries + (change.isRetry ? 1 : 0),
      };
    case "requeue":
      return { ...base, ...change.usage, status: "queued" };
    case "complete":
      return { ...base, ...change.usage, status: "completed", finishedAt: now };
    case "fail":
      return { ...base, ...change.usage, status: "failed", error: change.error, finishedAt: now };
    case "cancel":
      return { ...base, status: "cancelled", finishedAt: now };
  }
}
