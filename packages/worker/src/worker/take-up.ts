import { type AnyPipeline, type Clock, transition } from "@sluice/core";
import type { Crash, Hold, RunRecord } from "../backend/run-record.ts";
import type { OpenedRun } from "../backend/run-store.ts";
import { placeOf } from "./crash-place.ts";
import { brokenHold, isLastTry, poisonOf, withCrash } from "./crash-policy.ts";
import type { Lane } from "./lane.ts";
import type { RunStores } from "./patient-stores.ts";

/** A run in a worker's hands. */
export interface TakenRun extends OpenedRun {
  /** This worker's hold on it: whoever takes the run up after us replaces it. */
  hold: Hold;
  /** The hold of a worker that died over the run. */
  broken: Hold | undefined;
  /** Nobody has worked on it before, so that nothing of it is recorded. */
  isFirst: boolean;
}

/** Who takes a run up, and where it stands. */
interface Taker {
  backend: RunStores;
  clock: Clock;
  /** The worker's id. */
  worker: string;
}

/** Marks a run as running and held by this worker; undefined when it is finished or gone. */
export async function takeUp(
  runId: string,
  { backend, clock, worker }: Taker,
): Promise<TakenRun | undefined> {
  const opened = await backend.runs.open(runId);
  if (!opened) return undefined;
  const hold = { worker, since: clock.now() };
  let broken: Hold | undefined;
  let isFirst = false;
  const start = (run: RunRecord) => {
    broken = brokenHold(run, worker);
    isFirst = run.startedAt === null;
    const next = transition(run, { type: "start" }, clock.now());
    return next && Object.assign(next, { heldBy: hold });
  };
  const result = await backend.runs.update(runId, start, undefined, opened.run);
  return result?.changed ? { ...opened, run: result.run, hold, broken, isFirst } : undefined;
}

/**
 * Records that a worker died over the run, before any step of it starts again, and lets a run on its last try wait for
 * its turn. A run that never lost its worker costs nothing here.
 *
 * @returns what ends the turn.
 * @throws SluiceError POISON when it was one worker too many; the signal's reason.
 */
export async function awaitTurn(
  { run, hold, broken }: TakenRun,
  pipeline: AnyPipeline,
  { backend, clock, lane, signal }: Taker & { lane: Lane; signal: AbortSignal },
): Promise<() => void> {
  const before = run.crashes ?? [];
  const crashes = broken
    ? withCrash(before, await crashOf(run.id, { broken, pipeline, backend, clock }))
    : before;
  const poison = poisonOf(run.id, crashes);
  const isLast = isLastTry(crashes);
  const update = (heldBy: Hold) =>
    backend.runs.update(run.id, (present) =>
      isHeld(present, hold) ? { ...present, crashes, heldBy } : null,
    );
  if (broken || isLast) await update(isLast ? { ...hold, isWaiting: true } : hold);
  if (poison) throw poison;
  if (!isLast) return () => {};
  const leave = await lane.enter(signal);
  await update(hold);
  return leave;
}

async function crashOf(
  runId: string,
  { broken, pipeline, backend, clock }: Omit<Taker, "worker"> & { broken: Hold; pipeline: AnyPipeline },
): Promise<Crash> {
  const recorded = await backend.checkpoints.read(runId);
  const step = placeOf(pipeline, new Set(recorded.keys()));
  const { worker, since } = broken;
  return { worker, since, step, noticedAt: clock.now() };
}

/** Whether a run is still in these hands. */
export function isHeld({ heldBy }: RunRecord, hold: Hold): boolean {
  return heldBy?.worker === hold.worker && heldBy.since === hold.since;
}
