import type { QueueStatus } from "../client/queue-status.ts";
import type { WorkerStatus } from "../worker/worker-observer.ts";

/** Whether a worker takes runs, or would if there were any and the quota allowed it. */
export type Readiness =
  | {
      ready: true;
      /** The account has no free request left; the runs stay queued until then. */
      closed?: { until: string; why: string };
      /** The queue is paused for all workers. */
      paused?: true;
    }
  | { ready: false; reason: "starting" | "halted" | "closing" | "store unreachable"; code?: string };

/**
 * Judges a worker: it is not ready when somebody must do something about it, or when it ends.
 *
 * @param worker undefined before it has started.
 * @param queue undefined when the store does not answer.
 */
export function readinessOf(
  worker: Pick<WorkerStatus, "haltedBy" | "isClosing" | "closed"> | undefined,
  queue: Pick<QueueStatus, "isPaused"> | undefined,
): Readiness {
  if (!worker) return { ready: false, reason: "starting" };
  if (worker.haltedBy) return { ready: false, reason: "halted", code: worker.haltedBy.code };
  if (worker.isClosing) return { ready: false, reason: "closing" };
  if (!queue) return { ready: false, reason: "store unreachable" };
  const { closed } = worker;
  return {
    ready: true,
    ...(closed && { closed: { until: new Date(closed.until).toISOString(), why: closed.why } }),
    ...(queue.isPaused && { paused: true }),
  };
}
