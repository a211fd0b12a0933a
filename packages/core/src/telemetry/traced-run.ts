import type { ErrorRecord } from "../errors/sluice-error.ts";

/** What a trace tells of a run, and what it asks of it. */
export interface TracedRun {
  runId: string;
  pipeline: string;
  version: number;
  /** Tells a run that was stopped from one that failed. */
  signal?: AbortSignal | undefined;
  /** Read when the run ends. */
  meter: { usage(): { requests: number; models: readonly string[] } };
}

/** The events of a run that a trace is made of; all others pass by. */
export type TracedEvent =
  | { type: `run.${string}` | "step.log" }
  | { type: "step.started"; step: string; kind: string }
  | { type: "step.attempt"; step: string; attempt: TracedAttempt }
  | { type: "step.packed"; step: string; pack: { id: string; size: number } }
  | { type: "step.completed"; step: string; cached: boolean }
  | { type: "step.failed"; step: string; error: ErrorRecord };

/** What a trace tells of an attempt. */
export interface TracedAttempt {
  model: string;
  outcome: string;
  durationMs: number;
}
