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
export async function reconcile(backend: Backend, now: number): Promise<void> {
  let chunk: QueueEntry[] = [];
  for await (const run of backend.runs.list({ status: ["queued", "running", "parked", "waiting"] })) {
    const notBefore = await returnOf(backend, run, now);
    if (notBefore === null) continue;
    chunk.push({ id: run.id, priority: run.priority, notBefore });
    if (chunk.length < CHUNK) continue;
    await backend.queue.add(chunk);
    chunk = [];
  }
  await backend.queue.add(chunk);
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
