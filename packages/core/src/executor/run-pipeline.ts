import { toErrorRecord } from "../errors/sluice-error.ts";
import { RequestMeter } from "../models/request-meter.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import { randomId } from "../shared/ids.ts";
import { execute } from "./execute.ts";
import type { RunUsage } from "./run-state.ts";
import type { Runtime } from "./runtime.ts";

/** Options of one run in this process. */
export interface RunOptions {
  /** Default random. With the same id and a lasting checkpoint store a run is resumed. */
  runId?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Requests the run may send at most; default 20. */
  requestBudget?: number | undefined;
}

/** A finished run. */
export interface RunResult<Output> extends RunUsage {
  runId: string;
  output: Output;
}

/**
 * Runs a pipeline on one input in this process, without a queue.
 *
 * ```ts
 * const { output } = await runPipeline(invoices, { name: "a.txt", text }, { models: openRouter({ apiKey }) });
 * ```
 *
 * @throws SluiceError for everything that fails the run; ParkError when the quota is closed for longer than
 *   `runtime.maxWaitMs`.
 */
export async function runPipeline<Input, Output>(
  pipeline: Pipeline<Input, Output>,
  input: NoInfer<Input>,
  runtime: Runtime,
  options: RunOptions = {},
): Promise<RunResult<Output>> {
  const runId = options.runId ?? randomId(12);
  const meter = new RequestMeter({ budget: options.requestBudget });
  const signal = options.signal ?? new AbortController().signal;
  const emit = runtime.onEvent ?? (() => {});
  try {
    const output = await execute({ runId, pipeline, input, meter, signal }, runtime);
    emit({ type: "run.completed", runId, usage: meter.usage() });
    // The type says what the pipeline's last schema has just checked.
    return { runId, output: output as Output, ...meter.usage() };
  } catch (error) {
    emit({ type: "run.failed", runId, error: toErrorRecord(error), usage: meter.usage() });
    throw error;
  }
}
