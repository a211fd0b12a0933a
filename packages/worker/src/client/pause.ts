import { type Clock, systemClock, transition, usageOf } from "@sluice/core";
import type { Backend } from "../backend/backend.ts";
import { changePaused, PAUSED } from "../backend/pauses.ts";
import type { RunRecord } from "../backend/run-record.ts";
import { Teller } from "./teller.ts";

/**
 * Pauses the whole queue: workers finish what they work on and take nothing more, also those that start later. It is
 * kept in the store.
 *
 * @returns false when it was paused already.
 */
export async function pauseQueue({ queue }: Backend): Promise<boolean> {
  if (await queue.isPaused()) return false;
  await queue.pause();
  return true;
}

/**
 * Ends the pause of the whole queue; pipelines that are paused stay so.
 *
 * @returns false when it was not paused.
 */
export async function resumeQueue({ queue }: Backend): Promise<boolean> {
  const wasPaused = await queue.isPaused();
  // Also then: a queue that is told twice loses nothing.
  await queue.resume();
  return wasPaused;
}

/**
 * Pauses one pipeline, all versions of it: workers finish the runs that they work on and park the others when they come
 * to them. Runs of other pipelines go on. It is kept in the store.
 *
 * @returns false when it was paused already.
 */
export function pausePipeline(backend: Backend, pipeline: string): Promise<boolean> {
  return changePaused(backend, (paused, since) =>
    paused.some(({ name }) => name === pipeline) ? paused : [...paused, { name: pipeline, since }],
  );
}

/** What came of {@link resumePipeline}. */
export interface ResumedPipeline {
  /** False when it was not paused. */
  wasPaused: boolean;
  /** Parked runs that were put back into the queue. */
  broughtBack: number;
}

const CHUNK = 200;

/** Ends the pause of one pipeline, and puts its runs that were parked for it back into the queue. */
export async function resumePipeline(
  backend: Backend,
  pipeline: string,
  { clock = systemClock }: { clock?: Clock | undefined } = {},
): Promise<ResumedPipeline> {
  const wasPaused = await changePaused(backend, (paused) => {
    const left = paused.filter(({ name }) => name !== pipeline);
    return left.length === paused.length ? paused : left;
  });
  let broughtBack = 0;
  const teller = new Teller(backend, clock);
  const flush = async (runIds: readonly string[]) => {
    const queued = await unpark(backend, runIds, clock.now());
    broughtBack += queued.length;
    await teller.tell(queued, ({ id }) => ({ type: "run.queued", runId: id, why: "resumed" }));
  };
  let chunk: string[] = [];
  for await (const run of backend.runs.list({ status: ["parked"] })) {
    if (run.pipeline !== pipeline || run.parkedWhy !== PAUSED) continue;
    if (chunk.push(run.id) < CHUNK) continue;
    await flush(chunk);
    chunk = [];
  }
  await flush(chunk);
  return { wasPaused, broughtBack };
}

/** Queued first, then brought back: a worker that is still parking one looks at its state afterwards. */
async function unpark(backend: Backend, runIds: readonly string[], now: number): Promise<RunRecord[]> {
  const results = await Promise.all(
    runIds.map((runId) =>
      backend.runs.update(runId, (run) => {
        if (!isParkedByPause(run)) return null;
        return transition(run, { type: "requeue", usage: usageOf(run) }, now);
      }),
    ),
  );
  const queued = results.flatMap((result) => (result?.changed ? [result.run] : []));
  await Promise.all(queued.map(({ id }) => backend.queue.remove(id)));
  await backend.queue.add(queued);
  return queued;
}

function isParkedByPause({ status, parkedWhy }: RunRecord): boolean {
  return status === "parked" && parkedWhy === PAUSED;
}
