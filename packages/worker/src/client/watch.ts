import { type Clock, systemClock } from "@sluice/core";
import type { Backend } from "../backend/backend.ts";
import type { StatusCounts } from "../backend/run-record.ts";

/** Where a batch stands. */
export interface BatchProgress {
  counts: StatusCounts;
  /** Runs that will not change any more. */
  finished: number;
  total: number;
}

const POLL_MS = 200;

/** Where the batch stands now. */
export async function batchProgress(
  backend: Backend,
  batch: { id: string; total: number },
): Promise<BatchProgress> {
  const counts = await backend.runs.countByStatus(batch.id);
  return { counts, finished: counts.completed + counts.failed + counts.cancelled, total: batch.total };
}

/** Yields where the batch stands, several times a second, until all its runs are finished or the signal aborts. */
export async function* watchBatch(
  backend: Backend,
  batch: { id: string; total: number },
  { signal, clock = systemClock }: { signal?: AbortSignal; clock?: Clock } = {},
): AsyncGenerator<BatchProgress> {
  while (!signal?.aborted) {
    const progress = await batchProgress(backend, batch);
    yield progress;
    if (progress.finished >= progress.total) return;
    await clock.sleep(POLL_MS, signal).catch(() => {});
  }
}
