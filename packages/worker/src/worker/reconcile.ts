import type { Backend } from "../backend/backend.ts";
import type { RunRecord } from "../backend/run-record.ts";
import { wakeDecided } from "../backend/wake.ts";

const CHUNK = 500;

/**
 * Puts every unfinished run back into the queue that is not there: its process died between storing the run and
 * queueing it, or the queue lost its job. A run that is queued already is not added again.
 *
 * A run that waits for a person stays away, unless its decision stands or it decides by itself at some time.
 */
export async function reconcile(backend: Backend, now: number): Promise<void> {
  let chunk: string[] = [];
  for await (const run of backend.runs.list({ status: ["queued", "running", "parked", "waiting"] })) {
    if (run.status === "waiting" && !(await comesBack(backend, run, now))) continue;
    chunk.push(run.id);
    if (chunk.length < CHUNK) continue;
    await backend.queue.add(chunk);
    chunk = [];
  }
  await backend.queue.add(chunk);
}

async function comesBack(backend: Backend, run: RunRecord, now: number): Promise<boolean> {
  // Whoever decided died before he could wake the run.
  if (await wakeDecided(backend, run, now)) {
    await backend.queue.remove(run.id);
    return true;
  }
  return run.waitingFor?.until !== null;
}
