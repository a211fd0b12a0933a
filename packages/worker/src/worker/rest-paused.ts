import { type Clock, MINUTE_MS, type OnRunEvent, transition } from "@sluice/core";
import type { Backend } from "../backend/backend.ts";
import { PAUSED, readPaused } from "../backend/pauses.ts";
import type { Disposition } from "../backend/run-queue.ts";

/**
 * How long a run of a paused pipeline rests before somebody looks again. A resumed pipeline has its runs brought back at
 * once; this is for those that were missed because whoever resumed it died over it.
 */
const REST_MS = 10 * MINUTE_MS;

/**
 * Parks a run whose pipeline is paused, before anything of it is begun: nothing is counted and nothing spent.
 *
 * @returns undefined when its pipeline is not paused.
 */
export async function restPaused(
  runId: string,
  { backend, clock, onEvent }: { backend: Backend; clock: Clock; onEvent: OnRunEvent },
): Promise<Disposition | undefined> {
  const paused = await readPaused(backend);
  if (paused.length === 0) return undefined;
  const run = await backend.runs.get(runId);
  if (!run || !paused.some(({ name }) => name === run.pipeline)) return undefined;
  const until = clock.now() + REST_MS;
  const rested = await backend.runs.update(runId, (present) => {
    // It goes on resting as what it is: its record says what it waits for.
    if (present.status === "waiting") return null;
    const { requests, models, cached } = present;
    const usage = { requests, models, cached };
    return transition(present, { type: "park", until, why: PAUSED, usage }, clock.now());
  });
  if (rested?.changed) onEvent({ type: "run.parked", runId, until, why: PAUSED });
  else if (rested?.run.status !== "waiting") return { kind: "done" };
  // First the state, then the look: whoever resumes the pipeline ends the pause first and then looks for parked runs.
  const isStillPaused = (await readPaused(backend)).some(({ name }) => name === run.pipeline);
  return isStillPaused ? { kind: "park", until } : { kind: "requeue" };
}
