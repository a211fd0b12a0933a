import {
  type AnyPipeline,
  type Clock,
  type ErrorRecord,
  queuedState,
  randomId,
  systemClock,
} from "@sluice/core";
import type { Backend } from "../backend/backend.ts";
import type { BatchRecord, RunDocument, RunRecord } from "../backend/run-record.ts";
import type { NewRun } from "../backend/run-store.ts";

/** One run to be: an input, or the error that a document gave in its place. */
export type EnqueueItem = { document: RunDocument } & ({ input: unknown } | { error: ErrorRecord });

/** What is enqueued together. */
export interface EnqueueRequest {
  pipeline: AnyPipeline;
  items: AsyncIterable<EnqueueItem> | Iterable<EnqueueItem>;
  /** How many items there will be. */
  total: number;
  /** Ask models anew, whatever was answered before; the new answers are kept. Default false. */
  fresh?: boolean | undefined;
  /** Told after each stored chunk. */
  onProgress?: ((enqueued: number) => void) | undefined;
  clock?: Clock | undefined;
}

/** What was enqueued. */
export interface Enqueued {
  batchId: string;
  /** Runs in the queue. */
  queued: number;
  /** Runs that failed at once, because their document could not be loaded. */
  failed: number;
}

const CHUNK = 100;

/**
 * Stores a batch of runs and queues them, in chunks, so that memory stays bounded.
 *
 * An item that is an error becomes a failed run: it is counted, listed and exported like any other.
 */
export async function enqueue(backend: Backend, request: EnqueueRequest): Promise<Enqueued> {
  const { pipeline, fresh = false, clock = systemClock } = request;
  const batch: BatchRecord = {
    id: randomId(8),
    pipeline: pipeline.name,
    version: pipeline.version,
    createdAt: clock.now(),
    total: request.total,
  };
  const done = { queued: 0, failed: 0 };
  let chunk: NewRun[] = [];
  const flush = async () => {
    await backend.runs.create(batch, chunk);
    const queued = chunk.filter(({ record }) => record.status === "queued").map(({ record }) => record.id);
    await backend.queue.add(queued);
    done.queued += queued.length;
    done.failed += chunk.length - queued.length;
    chunk = [];
    request.onProgress?.(done.queued + done.failed);
  };
  for await (const item of request.items) {
    chunk.push(newRun(item, { pipeline, fresh, batchId: batch.id, now: clock.now() }));
    if (chunk.length >= CHUNK) await flush();
  }
  await flush();
  return { batchId: batch.id, ...done };
}

function newRun(
  item: EnqueueItem,
  of: { pipeline: AnyPipeline; fresh: boolean; batchId: string; now: number },
): NewRun {
  const { pipeline, fresh, batchId, now } = of;
  const record: RunRecord = {
    ...queuedState(now),
    id: randomId(12),
    batchId,
    pipeline: pipeline.name,
    version: pipeline.version,
    fingerprint: pipeline.fingerprint,
    document: item.document,
    fresh,
  };
  if ("input" in item) return { record, input: JSON.stringify(item.input) };
  return { record: { ...record, status: "failed", error: item.error, finishedAt: now }, input: null };
}
