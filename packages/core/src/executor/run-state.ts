import type { ErrorRecord } from "../errors/sluice-error.ts";
import type { PackedAnswer } from "../models/pack/pack.ts";

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
  /** The answers that were given together with those of other runs; absent when there is none. */
  packs?: readonly PackedAnswer[] | undefined;
}

/** The part of a run's state that says what it has used. */
export function usageOf({ requests, models, cached, packs }: RunUsage): RunUsage {
  return { requests, models, cached, ...(packs && { packs }) };
}

/** What a waiting run waits for: a person's decision on one of its steps. */
export interface WaitingFor {
  /** The path of the approve step: `release`, `payments/3/release`. */
  step: string;
  /** What the person is asked. */
  question: string;
  /** When the step decides by itself, in epoch milliseconds; null when it waits for ever. */
  until: number | null;
}

/** One change of a run's state. */
export interface StateChange {
  status: RunStatus;
  /** Epoch milliseconds. */
  at: number;
  /** Why a run is parked, or the code of its error; absent in every other state. */
  why?: string | undefined;
}

/** The part of a run that changes while it is executed. Times are epoch milliseconds. */
export interface RunState extends RunUsage {
  status: RunStatus;
  /** When a parked run is taken up again; null in every other state. */
  parkedUntil: number | null;
  parkedWhy: string | null;
  /** Null unless the run is waiting. */
  waitingFor: WaitingFor | null;
  error: ErrorRecord | null;
  /** How often the run was taken up again after a failure that may pass by itself. */
  retries: number;
  /** Requests sent before a person last retried the run: its budget counts from there. */
  requestsBefore: number;
  enqueuedAt: number;
  startedAt: number | null;
  finishedAt: number | null;
  /** The last 20 changes of the state, oldest first. */
  history: readonly StateChange[];
}

/** What happens to a run. */
export type RunTransition =
  | { type: "start" }
  | { type: "park"; until: number; why: string; usage: RunUsage; isRetry?: boolean }
  | { type: "wait"; for: WaitingFor; usage: RunUsage }
  /** The decision stands, or its time has come: a waiting run goes on. */
  | { type: "wake" }
  | { type: "requeue"; usage: RunUsage }
  | { type: "complete"; usage: RunUsage }
  | { type: "fail"; error: ErrorRecord; usage: RunUsage }
  | { type: "cancel" }
  /** A person has a failed or cancelled run tried again, or any finished one from a step of it. */
  | { type: "retry"; isFromStep?: boolean };

/** A run nobody has worked on yet. */
export function queuedState(now: number): RunState {
  return {
    status: "queued",
    parkedUntil: null,
    parkedWhy: null,
    waitingFor: null,
    error: null,
    retries: 0,
    requestsBefore: 0,
    requests: 0,
    models: [],
    cached: false,
    enqueuedAt: now,
    startedAt: null,
    finishedAt: null,
    history: [{ status: "queued", at: now }],
  };
}

/** A run that nobody may take up before `until`, in epoch milliseconds. */
export function delayedState(now: number, until: number): RunState {
  const why = "delay";
  const history = [{ status: "parked", at: now, why } as const];
  return { ...queuedState(now), status: "parked", parkedUntil: until, parkedWhy: why, history };
}

/** True when nothing will change a run in this state any more. */
export function isFinished(status: RunStatus): boolean {
  return status === "completed" || status === "failed" || status === "cancelled";
}

/**
 * The state after a transition, or null when it does not apply: the first recorded end wins, only a waiting run wakes,
 * only a failed or cancelled one is retried, and a completed one only from a step of it.
 */
export function transition<S extends RunState>(state: S, change: RunTransition, now: number): S | null {
  const next = nextState(state, change, now);
  return next && { ...next, history: [...state.history, changeTo(next, now)].slice(-HISTORY_LENGTH) };
}

/** Changes that a run remembers: a record stays small, however often its run is parked. */
const HISTORY_LENGTH = 20;

function changeTo({ status, parkedWhy, error }: RunState, at: number): StateChange {
  const why = parkedWhy ?? error?.code;
  return why === undefined ? { status, at } : { status, at, why };
}

function nextState<S extends RunState>(state: S, change: RunTransition, now: number): S | null {
  if (change.type === "retry") return retried(state, change.isFromStep ?? false);
  if (isFinished(state.status)) return null;
  const base = { ...state, parkedUntil: null, parkedWhy: null, waitingFor: null };
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
    case "wait":
      return { ...base, ...change.usage, status: "waiting", waitingFor: change.for };
    case "wake":
      return state.status === "waiting" ? { ...base, status: "queued" } : null;
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

function retried<S extends RunState>(state: S, isFromStep: boolean): S | null {
  if (!isFinished(state.status) || (state.status === "completed" && !isFromStep)) return null;
  return {
    ...state,
    status: "queued",
    error: null,
    retries: 0,
    requestsBefore: state.requests,
    finishedAt: null,
  };
}
