import { runStatuses } from "@sluice/core";
import type { Backend } from "../backend/backend.ts";
import { type PausedPipeline, readPaused } from "../backend/pauses.ts";
import { noCounts, type StatusCounts } from "../backend/run-record.ts";

/** What of the queue is paused. */
export interface QueueStatus {
  /** Whether the whole queue is paused. */
  isPaused: boolean;
  pausedPipelines: readonly PausedPipeline[];
}

/** Whether the queue or pipelines are paused; two cheap reads. */
export async function queueStatus(backend: Backend): Promise<QueueStatus> {
  const [isPaused, pausedPipelines] = await Promise.all([backend.queue.isPaused(), readPaused(backend)]);
  return { isPaused, pausedPipelines };
}

/** How many runs of all batches are in each state; reads no record of a run. */
export async function countRuns({ runs }: Backend): Promise<StatusCounts> {
  const total = noCounts();
  for (const { id } of await runs.listBatches(Number.MAX_SAFE_INTEGER)) {
    const counts = await runs.countByStatus(id);
    for (const status of runStatuses) total[status] += counts[status];
  }
  return total;
}
