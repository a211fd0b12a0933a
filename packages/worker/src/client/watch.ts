import { type Clock, SECOND_MS, SluiceError, systemClock } from "@sluice/core";
import type { Backend } from "../backend/backend.ts";
import type { StatusCounts } from "../backend/run-record.ts";
import { EventFilter } from "./event-filter.ts";
import { withPulse } from "./with-pulse.ts";

/** Where a batch stands. */
export interface BatchProgress {
  counts: StatusCounts;
  /** Runs that will not change any more. */
  finished: number;
  total: number;
}

/** The counts are read so often when nothing is heard, and no more often when much is. */
const LOOK_MS = 2 * SECOND_MS;
const SOON_MS = 200;

/**
 * Where the batch stands now.
 *
 * @throws SluiceError RUN_GONE when the store knows none of its runs any more.
 */
export async function batchProgress(
  backend: Backend,
  batch: { id: string; total: number },
): Promise<BatchProgress> {
  const counts = await backend.runs.countByStatus(batch.id);
  if (batch.total > 0 && Object.values(counts).every((count) => count === 0)) throw allGone(backend, batch);
  return { counts, finished: counts.completed + counts.failed + counts.cancelled, total: batch.total };
}

function allGone({ location }: Backend, { id, total }: { id: string; total: number }): SluiceError {
  return new SluiceError("RUN_GONE", {
    message:
      `Runs lost: ${total} known to this process. The store in ${location} has no run of batch ${id} any more: they ` +
      "were removed, or it was emptied, or restarted without what it held.",
    facts: { batch: id, total },
  });
}

/**
 * Yields where the batch stands: at once, whenever something happens to a run of it, at most several times a second, and
 * every two seconds if nothing does, until all its runs are finished or the signal aborts. It costs one cheap read each
 * time, however large the batch.
 */
export async function* watchBatch(
  backend: Backend,
  batch: { id: string; total: number },
  { signal, clock = systemClock }: { signal?: AbortSignal; clock?: Clock } = {},
): AsyncGenerator<BatchProgress> {
  const end = new AbortController();
  const stop = signal ? AbortSignal.any([signal, end.signal]) : end.signal;
  const filter = new EventFilter(backend, { batchId: batch.id });
  try {
    if (stop.aborted) return;
    const position = await backend.events.newest();
    const first = await batchProgress(backend, batch);
    yield first;
    if (first.finished >= first.total) return;
    const entries = backend.events.follow(position, { signal: stop });
    for await (const page of withPulse(entries, { everyMs: () => LOOK_MS, clock, signal: stop })) {
      if (page.length > 0 && (await filter.take(page)).length === 0) continue;
      const progress = await batchProgress(backend, batch);
      yield progress;
      if (progress.finished >= progress.total) return;
      await clock.sleep(SOON_MS, stop).catch(() => {});
    }
  } finally {
    end.abort();
  }
}
