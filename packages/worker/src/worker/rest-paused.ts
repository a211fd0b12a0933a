import { MINUTE_MS, transition, usageOf } from "@sluice/core";
import type { Backend } from "../backend/backend.ts";
import { PAUSED, type PausedPipeline, readPaused } from "../backend/pauses.ts";
import type { Disposition } from "../backend/run-queue.ts";
import type { ProcessDeps } from "./process-run.ts";

/**
 * How long a run of a paused pipeline rests before somebody looks again. A resumed pipeline has its runs brought back at
 * once; this is for those that were missed because whoever resumed it died over it.
 */
const REST_MS = 10 * MINUTE_MS;

/** A run that is taken up this soon after its pipeline was paused may still begin, as if it had come before. */
export const PAUSES_AGE_MS = 50;

/**
 * Parks a run whose pipeline is paused, before anything of it is begun: nothing is counted and nothing spent.
 *
 * @returns undefined when its pipeline is not paused.
 */
export async function restPaused(
  runId: string,
  {
    backend,
    clock,
    eventsOf,
    pauses,
  }: Pick<ProcessDeps, "clock" | "eventsOf"> & {
    backend: Backend;
    /** The paused pipelines, as they were at most {@link PAUSES_AGE_MS} ago. */
    pauses(): Promise<readonly PausedPipeline[]>;
  },
): Promise<Disposition | undefined> {
  const paused = await pauses();
  if (paused.length === 0) return undefined;
  const run = await backend.runs.get(runId);
  if (!run || !paused.some(({ name }) => name === run.pipeline)) return undefined;
  const until = clock.now() + REST_MS;
  const rested = await backend.runs.update(runId, (present) => {
    // It goes on resting as what it is: its record says what it waits for.
    if (present.status === "waiting") return null;
    return transition(present, { type: "park", until, why: PAUSED, usage: usageOf(present) }, clock.now());
  });
  if (rested?.changed) eventsOf(run)({ type: "run.parked", runId, until, why: PAUSED });
  else if (rested?.run.status !== "waiting") return { kind: "done" };
  // First the state, then the look: whoever resumes the pipeline ends the pause first and then looks for parked runs.
  const isStillPaused = (await readPaused(backend)).some(({ name }) => name === run.pipeline);
  return isStillPaused ? { kind: "park", until } : { kind: "requeue" };
}
