import { isFinished, usageOf } from "@sluice/core";
import type { LogEvent, LoggedEvent } from "../backend/logged-event.ts";
import type { RunRecord } from "../backend/run-record.ts";

/** The event of a finished run's end, made from its record. */
export function endOf(run: RunRecord): LogEvent {
  const { id: runId, status, error } = run;
  const usage = usageOf(run);
  if (status === "completed") return { type: "run.completed", runId, usage };
  if (status === "cancelled") return { type: "run.cancelled", runId, usage };
  return { type: "run.failed", runId, error: error ?? UNTOLD, usage };
}

const UNTOLD = { code: "INTERNAL", message: "The record of the run has no error." };

/** Whether an event is the end of a run, as far as anybody knows: it may be retried. */
export function isEnd({ type }: LogEvent): boolean {
  return type === "run.completed" || type === "run.failed" || type === "run.cancelled";
}

/** The end of a run as the log would tell it; undefined while it is not finished. */
export function toldEnd(run: RunRecord): LoggedEvent | undefined {
  const { finishedAt, batchId, document } = run;
  if (!isFinished(run.status) || finishedAt === null) return undefined;
  return { at: finishedAt, batchId, document: document.name, event: endOf(run) };
}
