import type { ErrorRecord } from "../errors/sluice-error.ts";
import type { AttemptReport } from "../models/model-request.ts";
import type { PackPlace } from "../models/pack/pack.ts";
import type { StepKind } from "../pipeline/step.ts";
import type { RunUsage } from "./run-state.ts";

/**
 * What happens while a run is executed, as it happens. It carries no prompt and no document; of an answer only what an
 * error's message quotes, shortened. `step` is the path of a step: `extract`, `notes/3/note`.
 */
export type RunEvent =
  | { type: "run.started"; runId: string; pipeline: string; version: number; resumedSteps: number }
  | { type: "step.started"; runId: string; step: string; kind: StepKind }
  | { type: "step.attempt"; runId: string; step: string; attempt: AttemptReport }
  /** The step's question is asked together with those of other runs; once more for each time that it is. */
  | { type: "step.packed"; runId: string; step: string; pack: PackPlace }
  | { type: "step.log"; runId: string; step: string; message: string; facts: LogFacts }
  | { type: "step.completed"; runId: string; step: string; cached: boolean }
  | { type: "step.failed"; runId: string; step: string; error: ErrorRecord }
  | { type: "run.parked"; runId: string; until: number; why: string }
  | { type: "run.waiting"; runId: string; step: string; question: string; until: number | null }
  | { type: "run.completed"; runId: string; usage: RunUsage }
  | { type: "run.cancelled"; runId: string; usage: RunUsage }
  | { type: "run.failed"; runId: string; error: ErrorRecord; usage: RunUsage };

/** What a code step says beside its message. */
export type LogFacts = Readonly<Record<string, string | number | boolean>>;

/** Listens to events; it must not throw. */
export type OnRunEvent = (event: RunEvent) => void;
