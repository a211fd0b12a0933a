import { type Clock, type OnRunEvent, type RunUsage, transition, type WaitingFor } from "@sluice/core";
import type { Backend } from "../backend/backend.ts";
import type { Disposition } from "../backend/run-queue.ts";
import { takeOut } from "../backend/take-out.ts";
import { bringBack, wakeDecided } from "../backend/wake.ts";
import { batched } from "./batched.ts";
import type { RunStores } from "./patient-stores.ts";

/**
 * Lets a run wait for a person: recorded as waiting, and out of the consumers' way until the decision comes or the
 * step decides by itself.
 */
export async function restWaiting(
  runId: string,
  wait: { for: WaitingFor; usage: RunUsage },
  { backend, clock, onEvent }: { backend: RunStores; clock: Clock; onEvent: OnRunEvent },
): Promise<Disposition> {
  const { runs } = backend;
  const change = { type: "wait", ...wait } as const;
  const recorded = await runs.update(runId, (run) => transition(run, change, clock.now()));
  if (!recorded?.changed) return { kind: "done" };
  // First the state, then the look: see `wakeDecided` for why a decision of this very moment is not missed.
  if (await wakeDecided(backend, recorded.run, clock.now())) return { kind: "requeue" };
  onEvent({ type: "run.waiting", runId, ...wait.for });
  const { until } = wait.for;
  return until === null ? { kind: "done" } : { kind: "park", until };
}

/**
 * Looks after a run once its job has left the queue, or is parked in it: whoever woke, retried or cancelled the run
 * before could neither add the job nor remove it.
 */
export function lookAfterReleased(backend: Backend): (runId: string) => Promise<void> {
  const read = batched((runIds) => backend.runs.getMany(runIds), GATHER_MS);
  return async (runId) => {
    const run = await read(runId);
    if (run?.status === "queued") await bringBack(backend.queue, run);
    if (run?.status === "cancelled") await takeOut(backend, [runId]);
  };
}

/** There is one for each run that ends, and hardly ever anything to do. */
const GATHER_MS = 20;
