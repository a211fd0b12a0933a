import type { RunPriority } from "../backend/run-record.ts";

/** The one queue of Sluice; its jobs are runs. */
export const QUEUE_NAME = "runs";

/**
 * How long a run is held by its consumer, and how fast a lost one is noticed. The runs of a dead consumer are back after
 * at most `durationMs + 2 * stalledMs`.
 */
export interface LockSettings {
  /**
   * A consumer that is silent for this long loses its runs, also one whose process was merely held up. Default 30,000;
   * on Redis 6,000.
   */
  durationMs: number;
  /** How often somebody looks for lost runs. Default 5,000; on Redis 1,500. */
  stalledMs: number;
}

/** What a backend uses that knows by itself which processes have died. */
export const defaultLock: LockSettings = { durationMs: 30_000, stalledMs: 5_000 };

/** What a backend uses to which a dead process is only silent: its runs are back within 10 s. */
export const shortLock: LockSettings = { durationMs: 6_000, stalledMs: 1_500 };

/** BullMQ's priorities of runs that were never taken: lower comes first, with room before each for those that were. */
export const priorityOf: Readonly<Record<RunPriority, number>> = { urgent: 100, normal: 1_000, low: 10_000 };

/** The priority of a run that was parked or given back: before all of its kind that were never taken. */
export function returnPriorityOf(priority: number): number {
  return Object.values(priorityOf).includes(priority) ? priority - 1 : priority;
}

/** The queue keeps nothing of a finished job: results stand in the run store, and the id may come back. */
const jobSettings = {
  priority: priorityOf.normal,
  removeOnComplete: true,
  removeOnFail: true,
  // A last resort: the consumer never lets an error through to BullMQ.
  attempts: 1_000_000,
  backoff: { type: "fixed", delay: 1_000 },
} as const;

/** Options of the producer side, apart from the connection. */
export const queueSettings = {
  defaultJobOptions: jobSettings,
  streams: { events: { maxLen: 100 } },
};

/** Options of the consumer side, apart from the connection. */
export function workerSettings(concurrency: number, lock: LockSettings) {
  return {
    concurrency,
    lockDuration: lock.durationMs,
    // Renewed within a third of its time, by one command for all runs: a short hold-up loses none.
    lockRenewTime: lock.durationMs / 3,
    stalledInterval: lock.stalledMs,
    // The consumer starts it, or leaves it paused.
    autorun: false,
    // A run that kills its worker is counted and ended by the worker, which can name the reason.
    maxStalledCount: 1_000,
    runRetryDelay: 1_000,
    drainDelay: 5,
  };
}

/** BullMQ refuses ids that look like a number, and a run id may. */
export function jobIdOf(runId: string): string {
  return `run-${runId}`;
}

/** The run behind a job id of {@link jobIdOf}. */
export function runIdOf(jobId: string): string {
  return jobId.slice("run-".length);
}
