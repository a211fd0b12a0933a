import type { RunStatus } from "@sluice/core";
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
export async function reconcile(
  backend: Backend,
  { now, signal }: { now: number; signal: AbortSignal },
): Promise<void> {
  const { runs } = backend;
  const among = notQueuedIn(backend);
  await putBack(backend, runs.list({ status: ["queued", "running", "parked"], among }), now, signal);
  await putBack(backend, runs.list({ status: ["waiting"] }), now, signal);
}

/** Almost all runs are in the queue, and their records need not be read to know it. */
function notQueuedIn({ queue }: Backend): (runIds: readonly string[]) => Promise<readonly string[]> {
  return (runIds) => queue.missing(runIds);
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
  const unqueued = runs.list({ status: ["queued", "parked"], among: notQueuedIn(backend) });
  await putBack(backend, changedSince(unqueued, since), now, signal);
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
  let chunk: Found[] = [];
  for await (const run of runs) {
    signal?.throwIfAborted();
    const back = await returnOf(backend, run, now);
    if (back === null) continue;
    chunk.push({ id: run.id, priority: run.priority, ...back });
    if (chunk.length < CHUNK) continue;
    await addMissing(backend, chunk);
    chunk = [];
  }
  await addMissing(backend, chunk);
}

/** A run to be put back, and the state that it was found in, or brought into. */
interface Found extends QueueEntry {
  status: RunStatus;
}

/**
 * Almost always none is missing: to add what is there already costs as much as to add it. A run that has come to rest
 * meanwhile is missing because of that; its record, which changes before its job goes, says so.
 */
async function addMissing({ queue, runs }: Backend, found: readonly Found[]): Promise<void> {
  if (found.length === 0) return;
  const missing = await queue.missing(found.map(({ id }) => id));
  if (missing.length === 0) return;
  const present = new Map((await runs.getMany(missing)).map(({ id, status }) => [id, status]));
  const lost = found.filter(({ id, status }) => present.get(id) === status);
  if (lost.length > 0) await queue.add(lost.map(({ status: _, ...entry }) => entry));
}

interface Return {
  status: RunStatus;
  /** Epoch milliseconds. */
  notBefore: number;
}

/** When a run is to come back; null for one that stays away. */
async function returnOf(backend: Backend, run: RunRecord, now: number): Promise<Return | null> {
  const { status } = run;
  if (status !== "waiting") return { status, notBefore: run.parkedUntil ?? now };
  // Whoever decided died before he could wake the run.
  if (await wakeDecided(backend, run, now)) {
    await backend.queue.remove(run.id);
    return { status: "queued", notBefore: now };
  }
  const until = run.waitingFor?.until ?? null;
  return until === null ? null : { status, notBefore: until };
}
