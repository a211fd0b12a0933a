import { SluiceError } from "../errors/sluice-error.ts";
import type { RequestMeter } from "../models/request-meter.ts";
import { assertSteps } from "../pipeline/check-definition.ts";
import type { AnyPipeline } from "../pipeline/pipeline.ts";
import { systemClock } from "../shared/clock.ts";
import { MINUTE_MS } from "../shared/duration.ts";
import { traceRun } from "../telemetry/trace-run.ts";
import type { OnRunEvent } from "./events.ts";
import { type Deadline, Interrupt } from "./interrupt.ts";
import { finalOutput, validInput } from "./pipeline-body.ts";
import { runBlock } from "./run-block.ts";
import type { RunContext, RunDocumentName } from "./run-context.ts";
import type { Runtime } from "./runtime.ts";
import { StepOutputs } from "./step-outputs.ts";

/** One execution. */
export interface Execution {
  runId: string;
  pipeline: AnyPipeline;
  /** Parsed with the pipeline's input schema before anything else. */
  input: unknown;
  /** Told to code steps. */
  document?: RunDocumentName | undefined;
  /** Counts what the run spends; the caller reads it, also after a failure. */
  meter: RequestMeter;
  /** The batch that the run belongs to: where runs ask together, batches take turns. */
  batchId?: string | undefined;
  /** Ask models anew, whatever was answered before. Default false. */
  fresh?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Executes a run from where its checkpoints end: the one way, under `runPipeline` and under the worker. Where an
 * OpenTelemetry SDK is registered, the run and its steps become spans beneath the one that is active.
 *
 * @returns the run's output.
 * @throws ParkError when the run should wait until a stated time, WaitingError when it waits for a person, SluiceError
 *   for everything that fails it, or the signal's reason.
 */
export function execute(execution: Execution, runtime: Runtime): Promise<unknown> {
  const { runId, pipeline, signal, meter } = execution;
  const { name, version } = pipeline;
  return traceRun({ runId, pipeline: name, version, signal, meter }, (trace) =>
    work(execution, trace ? { ...runtime, onEvent: both(trace, runtime.onEvent) } : runtime),
  );
}

function both(trace: OnRunEvent, onEvent: OnRunEvent | undefined): OnRunEvent {
  return (event) => {
    trace(event);
    onEvent?.(event);
  };
}

async function work(execution: Execution, runtime: Runtime): Promise<unknown> {
  const { pipeline } = execution;
  assertSteps(pipeline);
  const interrupt = new Interrupt(execution.signal, deadlineOf(pipeline));
  try {
    const input = await validInput(pipeline, execution.input);
    const run = await contextOf(execution, runtime, interrupt);
    run.emit({
      type: "run.started",
      runId: run.runId,
      pipeline: pipeline.name,
      version: pipeline.version,
      resumedSteps: pipeline.steps.filter(({ name }) => run.outputs.recorded(name)).length,
    });
    const result = await runBlock(pipeline, { prefix: "", view: { input, steps: {} }, run });
    return await finalOutput(pipeline, input, result);
  } finally {
    interrupt.end();
  }
}

const MAX_WAIT_MS = MINUTE_MS;

async function contextOf(
  { runId, pipeline, document, meter, batchId, fresh }: Execution,
  { models, checkpoints, onEvent = () => {}, maxWaitMs = MAX_WAIT_MS, clock = systemClock }: Runtime,
  interrupt: Interrupt,
): Promise<RunContext> {
  const maxBytes = pipeline.limits.outputBytes;
  const outputs = await StepOutputs.load({ runId, store: checkpoints ?? null, maxBytes });
  const call = { meter, flow: pipeline.name, weight: pipeline.weight, maxWaitMs, batchId, fresh };
  const answers = { fuses: pipeline.fuse, prepared: new Map() };
  return { runId, document, models, outputs, clock, interrupt, emit: onEvent, maxWaitMs, call, ...answers };
}

function deadlineOf({ name, limits }: AnyPipeline): Deadline {
  return { afterMs: limits.wallMs, reason: () => timedOut(name, limits.wallMs) };
}

function timedOut(pipeline: string, wallMs: number): SluiceError {
  return new SluiceError("RUN_TIMEOUT", {
    message: `The run has worked for ${wallMs} ms, which is all that pipeline "${pipeline}" allows; raise its \`limits.wallMs\`. What is recorded is kept.`,
    facts: { pipeline, wallMs },
  });
}
