import { ParkError } from "../errors/quota-errors.ts";
import { WaitingError } from "../errors/rest-errors.ts";
import { SluiceError, toErrorRecord } from "../errors/sluice-error.ts";
import { RequestMeter } from "../models/request-meter.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import { randomId } from "../shared/ids.ts";
import { EventStream } from "./event-stream.ts";
import type { RunEvent } from "./events.ts";
import { execute } from "./execute.ts";
import type { RunDocumentName } from "./run-context.ts";
import type { RunUsage } from "./run-state.ts";
import type { Runtime } from "./runtime.ts";

/** Options of one run in this process. */
export interface RunOptions {
  /** Default random. With the same id and a lasting checkpoint store a run is resumed. */
  runId?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Requests the run may send at most; default the pipeline's `limits.requests`. */
  requestBudget?: number | undefined;
  /** Ask models anew, whatever was answered before; the new answers are kept. Default false. */
  fresh?: boolean | undefined;
  /** The document that the run works on, told to code steps. */
  document?: RunDocumentName | undefined;
}

/** A finished run. */
export interface RunResult<Output> extends RunUsage {
  runId: string;
  output: Output;
}

/** A run at work in this process. */
export interface RunHandle<Output> {
  readonly runId: string;
  /** What happens, as it happens; for one reader. */
  readonly events: AsyncIterable<RunEvent>;
  /** Rejects like {@link runPipeline}. */
  readonly result: Promise<RunResult<Output>>;
  /** Stops the run; its result rejects with RUN_CANCELLED. What is recorded is kept. */
  cancel(): void;
}

/**
 * Runs a pipeline on one input in this process, without a queue.
 *
 * ```ts
 * const { output } = await runPipeline(invoices, { name: "a.txt", text }, { models: openRouter({ apiKey }) });
 * ```
 *
 * @throws SluiceError for everything that fails the run; ParkError when the quota is closed, or a step sleeps, for
 *   longer than `runtime.maxWaitMs`; WaitingError when a step waits for a decision. After the last two the run can be
 *   resumed with the same `runId` and checkpoints.
 */
export async function runPipeline<Input, Output>(
  pipeline: Pipeline<Input, Output>,
  input: NoInfer<Input>,
  runtime: Runtime,
  options: RunOptions = {},
): Promise<RunResult<Output>> {
  const { runId = randomId(12), requestBudget = pipeline.limits.requests, document, fresh, signal } = options;
  const meter = new RequestMeter({ budget: requestBudget });
  const emit = runtime.onEvent ?? (() => {});
  try {
    const output = await execute({ runId, pipeline, input, document, meter, fresh, signal }, runtime);
    emit({ type: "run.completed", runId, usage: meter.usage() });
    // The type says what the pipeline's last schema has just checked.
    return { runId, output: output as Output, ...meter.usage() };
  } catch (error) {
    emit(
      signal?.aborted
        ? { type: "run.cancelled", runId, usage: meter.usage() }
        : endingOf(error, runId, meter),
    );
    throw error;
  }
}

/**
 * Like {@link runPipeline}, with the run's events as an async iterable.
 *
 * ```ts
 * const run = startRun(invoices, { name: "a.txt", text }, { models });
 * for await (const event of run.events) console.log(event.type);
 * const { output } = await run.result;
 * ```
 */
export function startRun<Input, Output>(
  pipeline: Pipeline<Input, Output>,
  input: NoInfer<Input>,
  runtime: Runtime,
  options: RunOptions = {},
): RunHandle<Output> {
  const runId = options.runId ?? randomId(12);
  const events = new EventStream();
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const onEvent = (event: RunEvent) => {
    events.push(event);
    runtime.onEvent?.(event);
  };
  const result = runPipeline(pipeline, input, { ...runtime, onEvent }, { ...options, runId, signal });
  result.then(
    () => events.end(),
    () => events.end(),
  );
  const cancelled = () =>
    new SluiceError("RUN_CANCELLED", { message: `Run ${runId} was cancelled.`, facts: { run: runId } });
  return { runId, events, result, cancel: () => stop.abort(cancelled()) };
}

function endingOf(error: unknown, runId: string, meter: RequestMeter): RunEvent {
  if (error instanceof ParkError) return { type: "run.parked", runId, until: error.until, why: error.why };
  if (error instanceof WaitingError) {
    const { step, question, until } = error;
    return { type: "run.waiting", runId, step, question, until };
  }
  return { type: "run.failed", runId, error: toErrorRecord(error), usage: meter.usage() };
}
