import type { Disposition } from "../backend/run-queue.ts";
import { returnPriorityOf } from "./bull-settings.ts";
import { DelayedError } from "./bullmq.ts";

/** What is used of BullMQ's Job. */
export interface RunJob {
  id?: string | undefined;
  readonly priority: number;
  changePriority(options: { priority: number }): Promise<void>;
  moveToDelayed(timestamp: number, token?: string): Promise<void>;
}

/** BullMQ makes a signal, which costs more than the rest of its work on a job, for a function of three parameters. */
export type JobProcessor = (job: RunJob, token?: string) => Promise<void>;

/**
 * Parks a run, or gives it back; the caller must hold its lock, and BullMQ must leave the job alone afterwards.
 *
 * On Redis a delayed job comes back behind all that wait; a better priority puts it in front again. Giving a run back
 * is a park until now, because that wakes sleeping consumers on every store and `moveToWait` does not.
 */
export async function moveJob(
  job: RunJob,
  token: string | undefined,
  decided: Exclude<Disposition, { kind: "done" }>,
): Promise<void> {
  const until = decided.kind === "park" ? decided.until : Date.now();
  await job.changePriority({ priority: returnPriorityOf(job.priority) });
  await job.moveToDelayed(Math.ceil(until), token);
}

/**
 * Tells BullMQ to leave the job as it stands: it was moved already, or it is another consumer's. A lock that is still
 * held runs out, and the run comes back.
 */
export function leaveJob(): never {
  throw new DelayedError();
}
