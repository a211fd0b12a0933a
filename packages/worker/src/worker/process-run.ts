import {
  type AnyPipeline,
  type CheckpointStore,
  type Clock,
  execute,
  faultPoint,
  type ModelLayer,
  RequestMeter,
  type RunTransition,
  type RunUsage,
  SluiceError,
  toErrorRecord,
  transition,
  usageOf,
} from "@sluice/core";
import type { Disposition } from "../backend/run-queue.ts";
import type { Hold, RunRecord } from "../backend/run-record.ts";
import type { ClosedIntake } from "./admit.ts";
import { chooseDefinition } from "./choose-definition.ts";
import type { HearRun } from "./event-recorder.ts";
import { decideFailure } from "./failure-policy.ts";
import type { Lane } from "./lane.ts";
import type { RunStores } from "./patient-stores.ts";
import type { Registry } from "./registry.ts";
import { restWaiting } from "./rest-waiting.ts";
import { awaitTurn, isHeld, type TakenRun, takeUp } from "./take-up.ts";

/** What runs are processed with. */
export interface ProcessDeps {
  /** For this run alone; see {@link patientStores}. */
  backend: RunStores;
  registry: Registry;
  models: ModelLayer;
  clock: Clock;
  /** Hears the events of a run that was taken up. */
  eventsOf(run: RunRecord): HearRun;
  /** The account is closed to everybody; the worker should stop. */
  onHalt(error: SluiceError): void;
  /** The ledger gives no permit before a stated time. */
  onClosed(closed: ClosedIntake): void;
  /** The run was lost to another worker, and what came of it here is discarded. */
  onLost(runId: string): void;
  /** The store does not know the run any more. */
  onGone(runId: string): void;
  /** The worker's id. */
  worker: string;
  /** Where runs on their last try wait for each other. */
  lane: Lane;
}

/** The same, for one run in this worker's hands. */
interface RunDeps extends ProcessDeps {
  hold: Hold;
  /** The run as it was taken up. */
  taken: RunRecord;
  onEvent: HearRun;
}

/** Takes one run from the queue to its next rest: finished, parked, waiting, or back in the queue. */
export async function processRun(
  runId: string,
  signal: AbortSignal,
  worker: ProcessDeps,
): Promise<Disposition> {
  const taken = await takeUp(runId, worker);
  if (!taken) return { kind: "done" };
  const { run, hold } = taken;
  const deps = { ...worker, hold, taken: run, onEvent: worker.eventsOf(run) };
  let usageNow = (): RunUsage => usageOf(run);
  try {
    const pipeline = await chooseDefinition(run, deps);
    const endTurn = await awaitTurn(taken, pipeline, { ...deps, signal });
    const meter = new RequestMeter({ budget: run.requestsBefore + pipeline.limits.requests, spent: run });
    usageNow = () => meter.usage();
    const output = await executeRecorded(taken, { pipeline, meter, signal }, deps).finally(endTurn);
    const usage = meter.usage();
    faultPoint("beforeComplete");
    if (await change(runId, { type: "complete", usage }, deps, output)) {
      faultPoint("afterComplete");
      deps.onEvent({ type: "run.completed", runId, usage });
    }
    return { kind: "done" };
  } catch (error) {
    const usage = usageNow();
    if (signal.aborted) return interrupted(run, usage, signal, deps);
    return failed(run, { error, usage }, deps);
  }
}

/** @returns the output as JSON text. */
async function executeRecorded(
  { run, isFirst, readInput }: TakenRun,
  work: { pipeline: AnyPipeline; meter: RequestMeter; signal: AbortSignal },
  { backend, models, clock, onEvent }: RunDeps,
): Promise<string> {
  const text = await readInput();
  if (text === undefined) {
    throw new SluiceError("INPUT_INVALID", {
      message: `The input of run ${run.id} is not stored any more; enqueue its document again.`,
      facts: { run: run.id },
    });
  }
  const { document, fresh, batchId } = run;
  // As it was enqueued, whatever its keys are: the pipeline's schema says what it takes.
  const input: unknown = JSON.parse(text);
  const execution = { ...work, runId: run.id, input, document, batchId, fresh };
  const checkpoints = isFirst ? nothingRecorded(backend.checkpoints) : backend.checkpoints;
  const output = await execute(execution, { models, checkpoints, onEvent, clock });
  return JSON.stringify(output) ?? "null";
}

/** The checkpoints of a run that has none yet: they need not be read to know it. */
function nothingRecorded(checkpoints: CheckpointStore): CheckpointStore {
  return {
    read: async () => new Map(),
    write: (runId, entry) => checkpoints.write(runId, entry),
    remove: (runId, stepPaths) => checkpoints.remove(runId, stepPaths),
    clear: (runId) => checkpoints.clear(runId),
  };
}

/**
 * The run was cancelled, the worker stops, or the run was taken over: it is over, it goes back, or it is not ours to
 * touch. One that is retried already comes back when its job has gone.
 */
async function interrupted(
  run: RunRecord,
  usage: RunUsage,
  signal: AbortSignal,
  deps: RunDeps,
): Promise<Disposition> {
  if (SluiceError.has(signal.reason, "RUN_CANCELLED")) {
    await deps.backend.runs.update(run.id, (present) =>
      present.status === "cancelled" ? { ...present, ...usage } : null,
    );
    return { kind: "done" };
  }
  if (!SluiceError.has(signal.reason, "SHUTDOWN")) await tellOfLoss(run.id, deps);
  else if (await change(run.id, { type: "requeue", usage }, deps)) {
    deps.onEvent({ type: "run.queued", runId: run.id, why: "stopped" });
  }
  return { kind: "requeue" };
}

/** A run that is gone from the store has lost its lock, too. */
async function tellOfLoss(runId: string, { backend, onGone, onLost }: RunDeps): Promise<void> {
  const isGone = await backend.runs.get(runId).then(
    (run) => run === undefined,
    () => false,
  );
  (isGone ? onGone : onLost)(runId);
}

async function failed(
  run: RunRecord,
  { error, usage }: { error: unknown; usage: RunUsage },
  deps: RunDeps,
): Promise<Disposition> {
  const decision = decideFailure(error, run, deps.clock.now());
  if (decision.kind === "park" && SluiceError.has(error, "QUOTA_CLOSED")) deps.onClosed(decision);
  if (decision.kind === "wait") return restWaiting(run.id, { for: decision.for, usage }, deps);
  if (decision.kind === "fail") {
    const record = toErrorRecord(error);
    if (await change(run.id, { type: "fail", error: record, usage }, deps)) {
      deps.onEvent({ type: "run.failed", runId: run.id, error: record, usage });
    }
    return { kind: "done" };
  }
  const { until, why } = decision;
  if (decision.kind === "halt" && SluiceError.is(error)) deps.onHalt(error);
  const parked = await change(
    run.id,
    { type: "park", until, why, usage, isRetry: decision.kind === "retry" },
    deps,
  );
  if (!parked) return { kind: "done" };
  deps.onEvent({ type: "run.parked", runId: run.id, until, why });
  return { kind: "park", until };
}

/**
 * Records a transition; undefined when the run is finished or gone, was cancelled and retried while we worked on it, or
 * is in another worker's hands, so that there is nothing to do.
 */
async function change(
  runId: string,
  step: RunTransition,
  { backend, clock, hold, taken, onLost, onGone }: RunDeps,
  output?: string,
): Promise<RunRecord | undefined> {
  const isOurs = (run: RunRecord) => run.status === "running" && isHeld(run, hold);
  const result = await backend.runs.update(
    runId,
    (run) => (isOurs(run) ? transition(run, step, clock.now()) : null),
    output,
    taken,
  );
  if (result?.changed) return result.run;
  if (!result) onGone(runId);
  else if (!isHeld(result.run, hold)) onLost(runId);
  return undefined;
}
