import type { Backend } from "../backend/backend.ts";
import type { QueueEntry } from "../backend/run-queue.ts";
import type { RunRecord } from "../backend/run-record.ts";
import { wakeDecided } from "../backend/wake.ts";

const CHUNK = 500;

/**
 * Puts every unfinished run back into the queue that is not there: its process died between storing the run and
 * queueing it, or the queue lost its job. A run that is queued already is not added again. A parked one keeps its time.
 *
 * A run that waits for a person stays away, unless its decision stands or it decides by itself at some time.
 */
export function reconcile(
  backend: Backend,
  { now, signal }: { now: number; signal: AbortSignal },
): Promise<void> {
  const unfinished = backend.runs.list({ status: ["queued", "running", "parked", "waiting"] });
  return putBack(backend, unfinished, now, signal);
}

/** Waiting runs whose decision is looked for in one round: one read for each. */
const MAX_WAITING = 200;

/**
 * The same for a worker that lives, for what was missed lately: runs that came into the queue, or were parked, at `since`
 * or later, and the newest that wait. A run at work is somebody's, and comes back by its lock.
 */
export async function reconcileLately(
  backend: Backend,
  { now, since, signal }: { now: number; since: number; signal: AbortSignal },
): Promise<void> {
  const { runs } = backend;
  await putBack(backend, changedSince(runs.list({ status: ["queued", "parked"] }), since), now, signal);
  await putBack(backend, runs.list({ status: ["waiting"], limit: MAX_WAITING }), now, signal);
}

async function* changedSince(runs: AsyncIterable<RunRecord>, since: number): AsyncGenerator<RunRecord> {
  for await (const run of runs) {
    if ((run.history.at(-1)?.at ?? run.enqueuedAt) >= since) yield run;
  }
}

async function putBack(
  backend: Backend,
  runs: AsyncIterable<RunRecord>,
  now: number,
  signal?: AbortSignal,
): Promise<void> {
  let chunk: QueueEntry[] = [];
  for await (const run of runs) {
    signal?.throwIfAborted();
    const notBefore = await returnOf(backend, run, now);
    if (notBefore === null) continue;
    chunk.push({ id: run.id, priority: run.priority, notBefore });
    if (chunk.length < CHUNK) continue;
    await addMissing(backend, chunk);
    chunk = [];
  }
  await addMissing(backend, chunk);
}

/** Almost always none is: to add what is there already costs as much as to add it. */
async function addMissing(
  { queue }: Backend,
  entries: readonly (QueueEntry & { id: string })[],
): Promise<void> {
  if (entries.length === 0) return;
  const missing = new Set(await queue.missing(entries.map(({ id }) => id)));
  const lost = entries.filter(({ id }) => missing.has(id));
  if (lost.length > 0) await queue.add(lost);
}

/** When a run is to come back, in epoch milliseconds; null for one that stays away. */
async function returnOf(backend: Backend, run: RunRecord, now: number): Promise<number | null> {
  if (run.status !== "waiting") return run.parkedUntil ?? now;
  // Whoever decided died before he could wake the run.
  if (await wakeDecided(backend, run, now)) {
    await backend.queue.remove(run.id);
    return now;
  }
  return run.waitingFor?.until ?? null;
}
