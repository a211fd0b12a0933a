import type { Backend } from "../backend/backend.ts";

const CHUNK = 500;

/**
 * Puts every unfinished run back into the queue that is not there: its process died between storing the run and
 * queueing it, or the queue lost its job. A run that is queued already is not added again.
 */
export async function reconcile(backend: Backend): Promise<void> {
  let chunk: string[] = [];
  for await (const run of backend.runs.list({ status: ["queued", "running", "parked"] })) {
    chunk.push(run.id);
    if (chunk.length < CHUNK) continue;
    await backend.queue.add(chunk);
    chunk = [];
  }
  await backend.queue.add(chunk);
}
