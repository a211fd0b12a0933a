import {
  type AnyPipeline,
  type Clock,
  recordsFrom,
  SluiceError,
  systemClock,
  transition,
} from "@sluice/core";
import type { Backend } from "../backend/backend.ts";
import type { RunRecord } from "../backend/run-record.ts";
import { bringBack } from "../backend/wake.ts";
import type { Registry } from "../worker/registry.ts";
import { standingOf } from "../worker/version-policy.ts";
import { Teller } from "./teller.ts";

/** What became of one run. */
export interface RetriedRun {
  run: string;
  /**
   * - `continued`: it goes on, on its own version, at the step where it failed or at the one that was named.
   * - `restarted`: its version is gone or its definition has changed; it begins anew on the newest version.
   * - `unchanged`: it is neither failed nor cancelled, or not even finished where a step was named.
   * - `noInput`: its document could not be loaded, or was pruned; only enqueueing it again can help.
   * - `changed`: a step was named, but its version is gone or its definition has changed, so that no record of it can be
   *   kept. Without a step it begins anew.
   */
  how: "continued" | "restarted" | "unchanged" | "noInput" | "changed";
}

/** Options of {@link retry}. */
export interface RetryOptions {
  /**
   * Goes again from this step, also where a run is completed: what is recorded of the step and of everything after it
   * is dropped, the rest is kept. Named by its path in the definition or in the run; see `recordsFrom`. Default: where
   * it failed.
   */
  from?: string | undefined;
  clock?: Clock | undefined;
}

/** What of a run names its definition. */
type Definition = Pick<RunRecord, "version" | "fingerprint">;

/**
 * Puts failed and cancelled runs back into the queue, with a new budget of requests. Doing it twice changes nothing:
 * a run that is queued already stays as it is.
 *
 * @throws SluiceError PIPELINE_UNKNOWN when no version of a run's pipeline is registered; OPTION_INVALID when it has no
 *   step `from`, with the list of those it has.
 */
export async function retry(
  backend: Backend,
  registry: Registry,
  runs: AsyncIterable<RunRecord> | Iterable<RunRecord>,
  { from, clock = systemClock }: RetryOptions = {},
): Promise<RetriedRun[]> {
  const retried: RetriedRun[] = [];
  const teller = new Teller(backend, clock);
  for await (const { id } of runs) {
    const how = await retryRun(id, { backend, registry, from, clock, teller });
    retried.push({ run: id, how });
  }
  return retried;
}

/** What runs are retried with. */
interface RetryDeps {
  backend: Backend;
  registry: Registry;
  from: string | undefined;
  clock: Clock;
  teller: Teller;
}

async function retryRun(runId: string, deps: RetryDeps): Promise<RetriedRun["how"]> {
  const { backend, registry, from } = deps;
  const run = await backend.runs.get(runId);
  // Somebody else may have retried it since it was listed: then its checkpoints are in use.
  if (!run || !canRetry(run, deps)) {
    if (run?.status === "queued") await backend.queue.add([run]);
    return "unchanged";
  }
  const standing = standingOf(run, registry.list());
  if (from !== undefined && standing.kind !== "same") return "changed";
  const isDropped = standing.kind === "same" ? droppedOf(standing.pipeline, from) : null;
  if (!(await hasInput(runId, backend))) return "noInput";
  // Dropped first: a run that is queued must not find what it is not to go on with.
  await dropRecords(runId, isDropped, backend);
  const isRetried = await requeue(runId, standing.kind === "same" ? run : registry.find(run.pipeline), deps);
  if (!isRetried) return "unchanged";
  return standing.kind === "same" ? "continued" : "restarted";
}

/** One that is damaged is none. */
async function hasInput(runId: string, { runs }: Backend): Promise<boolean> {
  try {
    return (await runs.readInput(runId)) !== undefined;
  } catch (error) {
    if (SluiceError.has(error, "STATE_INVALID")) return false;
    throw error;
  }
}

/** Which records go when a run goes on with the definition that it has begun with. */
function droppedOf(pipeline: AnyPipeline, from: string | undefined): (recordPath: string) => boolean {
  return from === undefined ? () => false : recordsFrom(pipeline, from);
}

/** Null drops everything: another definition would not fit any of it. */
async function dropRecords(
  runId: string,
  isDropped: ((recordPath: string) => boolean) | null,
  { checkpoints }: Backend,
): Promise<void> {
  if (isDropped === null) return checkpoints.clear(runId);
  const recorded = await checkpoints.read(runId);
  const dropped = [...recorded.keys()].filter(isDropped);
  if (dropped.length > 0) await checkpoints.remove(runId, dropped);
}

async function requeue(
  runId: string,
  { version, fingerprint }: Definition,
  { backend, from, clock, teller }: RetryDeps,
): Promise<boolean> {
  const result = await backend.runs.update(runId, (run) => {
    const next = transition(run, { type: "retry", isFromStep: from !== undefined }, clock.now());
    return next && { ...next, version, fingerprint, crashes: undefined };
  });
  if (!result?.changed) return false;
  // A cancelled run may still have a job that is parked until a later time.
  await bringBack(backend.queue, result.run);
  await teller.tell([result.run], ({ id }) => ({ type: "run.queued", runId: id, why: "retried" }));
  return true;
}

function canRetry(run: RunRecord, { from, clock }: RetryDeps): boolean {
  return transition(run, { type: "retry", isFromStep: from !== undefined }, clock.now()) !== null;
}
