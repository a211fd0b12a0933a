/** The one queue of Sluice; its jobs are runs. */
export const QUEUE_NAME = "runs";

/** How long a run is held by its consumer, and how fast a lost one is noticed. */
export interface LockSettings {
  /** A consumer that is silent for this long loses its runs. Default 30,000. */
  durationMs: number;
  /** How often somebody looks for lost runs. Default 5,000. */
  stalledMs: number;
}

/** What a backend uses when nothing else is asked for. */
export const defaultLock: LockSettings = { durationMs: 30_000, stalledMs: 5_000 };

/** Every run waits with this priority, so that one that was taken before can be put in front of it. */
const BASE_PRIORITY = 1_000;

/** The priority of a run that was parked or given back. */
export const RETURN_PRIORITY = BASE_PRIORITY - 1;

/** The queue keeps nothing of a finished job: results stand in the run store, and the id may come back. */
const jobSettings = {
  priority: BASE_PRIORITY,
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
    stalledInterval: lock.stalledMs,
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
