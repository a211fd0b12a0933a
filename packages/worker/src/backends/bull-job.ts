import { DelayedError } from "bullmq";
import type { Disposition } from "../backend/run-queue.ts";
import { returnPriorityOf } from "./bull-settings.ts";

/** What is used of BullMQ's Job. */
export interface RunJob {
  id?: string | undefined;
  readonly priority: number;
  changePriority(options: { priority: number }): Promise<void>;
  moveToDelayed(timestamp: number, token?: string): Promise<void>;
}

/** BullMQ makes a signal only for a function that declares three parameters. */
export type JobProcessor = (job: RunJob, token?: string, signal?: AbortSignal) => Promise<void>;

/**
 * Carries out what was decided about a run; the caller must hold its lock.
 *
 * @returns true when the job is finished, false when it was moved and BullMQ must leave it alone.
 */
export async function settleJob(
  job: RunJob,
  token: string | undefined,
  decided: Disposition,
): Promise<boolean> {
  if (decided.kind === "done") return true;
  await parkJob(job, token, decided.kind === "park" ? decided.until : Date.now());
  return false;
}

/**
 * Tells BullMQ to leave the job as it stands: it was moved already, or it is another consumer's. A lock that is still
 * held runs out, and the run comes back.
 */
export function leaveJob(): never {
  throw new DelayedError();
}

/**
 * On Redis a delayed job comes back behind all that wait; a better priority puts it in front again. Giving a run back
 * is a park until now, because that wakes sleeping consumers on every store and `moveToWait` does not.
 */
async function parkJob(job: RunJob, token: string | undefined, until: number): Promise<void> {
  await job.changePriority({ priority: returnPriorityOf(job.priority) });
  await job.moveToDelayed(Math.ceil(until), token);
}
