import { type Clock, systemClock, transition } from "@sluice/core";
import type { Backend } from "../backend/backend.ts";
import type { RunRecord } from "../backend/run-record.ts";
import { bringBack } from "../backend/wake.ts";
import type { Registry } from "../worker/registry.ts";
import { standingOf } from "../worker/version-policy.ts";

/** What became of one run. */
export interface RetriedRun {
  run: string;
  /**
   * - `continued`: it goes on at the step where it failed, on its own version.
   * - `restarted`: its version is gone or its definition has changed; it begins anew on the newest version.
   * - `unchanged`: it is neither failed nor cancelled.
   * - `noInput`: its document could not be loaded; only enqueueing it again can help.
   */
  how: "continued" | "restarted" | "unchanged" | "noInput";
}

/** What of a run names its definition. */
type Definition = Pick<RunRecord, "version" | "fingerprint">;

/**
 * Puts failed and cancelled runs back into the queue, with a new budget of requests. Doing it twice changes nothing:
 * a run that is queued already stays as it is.
 *
 * @throws SluiceError PIPELINE_UNKNOWN when no version of a run's pipeline is registered.
 */
export async function retry(
  backend: Backend,
  registry: Registry,
  runs: AsyncIterable<RunRecord> | Iterable<RunRecord>,
  { clock = systemClock }: { clock?: Clock | undefined } = {},
): Promise<RetriedRun[]> {
  const retried: RetriedRun[] = [];
  for await (const { id } of runs) {
    const how = await retryRun(id, { backend, registry, clock });
    retried.push({ run: id, how });
  }
  return retried;
}

async function retryRun(
  runId: string,
  { backend, registry, clock }: { backend: Backend; registry: Registry; clock: Clock },
): Promise<RetriedRun["how"]> {
  const run = await backend.runs.get(runId);
  // Somebody else may have retried it since it was listed: then its checkpoints are in use.
  if (!run || !canRetry(run, clock.now())) {
    if (run?.status === "queued") await backend.queue.add([run]);
    return "unchanged";
  }
  if ((await backend.runs.readInput(runId)) === undefined) return "noInput";
  const standing = standingOf(run, registry.list());
  const isSame = standing.kind === "same";
  const definition = isSame ? run : registry.find(run.pipeline);
  // Cleared first: a run that is queued with another definition must not find what an older one recorded.
  if (!isSame) await backend.checkpoints.clear(runId);
  const isRetried = await requeue(runId, definition, { backend, clock });
  if (!isRetried) return "unchanged";
  return isSame ? "continued" : "restarted";
}

async function requeue(
  runId: string,
  { version, fingerprint }: Definition,
  { backend, clock }: { backend: Backend; clock: Clock },
): Promise<boolean> {
  const result = await backend.runs.update(runId, (run) => {
    const next = transition(run, { type: "retry" }, clock.now());
    return next && { ...next, version, fingerprint, crashes: undefined };
  });
  if (!result?.changed) return false;
  // A cancelled run may still have a job that is parked until a later time.
  await bringBack(backend.queue, result.run);
  return true;
}

function canRetry(run: RunRecord, now: number): boolean {
  return transition(run, { type: "retry" }, now) !== null;
}
