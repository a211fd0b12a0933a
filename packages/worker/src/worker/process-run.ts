import {
  type AnyPipeline,
  type Clock,
  execute,
  type ModelLayer,
  type OnRunEvent,
  parseJson,
  RequestMeter,
  type RunTransition,
  type RunUsage,
  SluiceError,
  toErrorRecord,
  transition,
} from "@sluice/core";
import type { Backend } from "../backend/backend.ts";
import type { Disposition } from "../backend/run-queue.ts";
import type { RunRecord } from "../backend/run-record.ts";
import { chooseDefinition } from "./choose-definition.ts";
import { decideFailure } from "./failure-policy.ts";
import type { Registry } from "./registry.ts";
import { restWaiting } from "./rest-waiting.ts";

/** What runs are processed with. */
export interface ProcessDeps {
  backend: Backend;
  registry: Registry;
  models: ModelLayer;
  clock: Clock;
  onEvent: OnRunEvent;
  /** The account is closed to everybody; the worker should stop. */
  onHalt(error: SluiceError): void;
}

/** Takes one run from the queue to its next rest: finished, parked, waiting, or back in the queue. */
export async function processRun(
  runId: string,
  signal: AbortSignal,
  deps: ProcessDeps,
): Promise<Disposition> {
  const run = await change(runId, { type: "start" }, deps);
  if (!run) return { kind: "done" };
  let usageNow = (): RunUsage => ({ requests: run.requests, models: run.models, cached: run.cached });
  try {
    const pipeline = await chooseDefinition(run, deps);
    const meter = new RequestMeter({ budget: run.requestsBefore + pipeline.limits.requests, spent: run });
    usageNow = () => meter.usage();
    const output = JSON.stringify(await executeRecorded(run, { pipeline, meter, signal }, deps)) ?? "null";
    const usage = meter.usage();
    if (await change(runId, { type: "complete", usage }, deps, output)) {
      deps.onEvent({ type: "run.completed", runId, usage });
    }
    return { kind: "done" };
  } catch (error) {
    const usage = usageNow();
    if (signal.aborted) return interrupted(run, usage, signal, deps);
    return failed(run, { error, usage }, deps);
  }
}

async function executeRecorded(
  run: RunRecord,
  work: { pipeline: AnyPipeline; meter: RequestMeter; signal: AbortSignal },
  { backend, models, clock, onEvent }: ProcessDeps,
): Promise<unknown> {
  const text = await backend.runs.readInput(run.id);
  if (text === undefined) {
    throw new SluiceError("INPUT_INVALID", {
      message: `The input of run ${run.id} is not stored any more; enqueue its document again.`,
      facts: { run: run.id },
    });
  }
  const { document, fresh } = run;
  const execution = { ...work, runId: run.id, input: parseJson(text), document, fresh };
  return execute(execution, { models, checkpoints: backend.checkpoints, onEvent, clock });
}

/** The worker stops, or the run was taken over: in the first case it goes back, in the second it is not ours to touch. */
async function interrupted(
  run: RunRecord,
  usage: RunUsage,
  signal: AbortSignal,
  deps: ProcessDeps,
): Promise<Disposition> {
  if (SluiceError.has(signal.reason, "SHUTDOWN")) await change(run.id, { type: "requeue", usage }, deps);
  return { kind: "requeue" };
}

async function failed(
  run: RunRecord,
  { error, usage }: { error: unknown; usage: RunUsage },
  deps: ProcessDeps,
): Promise<Disposition> {
  const decision = decideFailure(error, run, deps.clock.now());
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
  await change(run.id, { type: "park", until, why, usage, isRetry: decision.kind === "retry" }, deps);
  deps.onEvent({ type: "run.parked", runId: run.id, until, why });
  return { kind: "park", until };
}

/** Records a transition; undefined when the run is finished or gone, so that there is nothing to do. */
async function change(
  runId: string,
  step: RunTransition,
  { backend, clock }: Pick<ProcessDeps, "backend" | "clock">,
  output?: string,
): Promise<RunRecord | undefined> {
  const result = await backend.runs.update(runId, (run) => transition(run, step, clock.now()), output);
  return result?.changed ? result.run : undefined;
}
