import type { ErrorRecord } from "../errors/sluice-error.ts";
import type { AttemptReport } from "../models/model-request.ts";
import type { RunUsage } from "./run-state.ts";

/** What happens while a run is executed, as it happens. It carries no prompt, no answer and no document text. */
export type RunEvent =
  | { type: "run.started"; runId: string; resumedSteps: number }
  | { type: "step.started"; runId: string; step: string }
  | { type: "step.attempt"; runId: string; step: string; attempt: AttemptReport }
  | { type: "step.completed"; runId: string; step: string; cached: boolean }
  | { type: "run.parked"; runId: string; until: number; why: string }
  | { type: "run.completed"; runId: string; usage: RunUsage }
  | { type: "run.failed"; runId: string; error: ErrorRecord; usage: RunUsage };

/** Listens to events; it must not throw. */
export type OnRunEvent = (event: RunEvent) => void;
