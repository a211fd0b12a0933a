import { z } from "zod";
import { MemoryCheckpoints } from "../checkpoints/memory-checkpoints.ts";
import { SluiceError } from "../errors/sluice-error.ts";
import type { RequestMeter } from "../models/request-meter.ts";
import type { AnyPipeline } from "../pipeline/pipeline.ts";
import { runStep } from "./run-step.ts";
import type { Runtime } from "./runtime.ts";
import { StepOutputs } from "./step-outputs.ts";

/** One execution. */
export interface Execution {
  runId: string;
  pipeline: AnyPipeline;
  /** Parsed with the pipeline's input schema before anything else. */
  input: unknown;
  /** Counts what the run spends; the caller reads it, also after a failure. */
  meter: RequestMeter;
  signal: AbortSignal;
}

/**
 * Executes a run from where its checkpoints end: the one loop under `runPipeline` and under the worker.
 *
 * @returns the run's output.
 * @throws ParkError when the run should wait until a stated time, SluiceError for everything that fails it, or the
 *   signal's reason.
 */
export async function execute(execution: Execution, runtime: Runtime): Promise<unknown> {
  const { runId, pipeline, meter, signal } = execution;
  const emit = runtime.onEvent ?? (() => {});
  const input = parsedInput(pipeline, execution.input);
  const outputs = await StepOutputs.load(runId, runtime.checkpoints ?? new MemoryCheckpoints());
  const steps: Record<string, unknown> = {};
  emit({
    type: "run.started",
    runId,
    resumedSteps: pipeline.steps.filter(({ name }) => outputs.recorded(name)).length,
  });

  for (const named of pipeline.steps) {
    signal.throwIfAborted();
    const recorded = outputs.recorded(named.name);
    if (recorded) {
      steps[named.name] = recorded.output;
      continue;
    }
    emit({ type: "step.started", runId, step: named.name });
    const onAttempt: NonNullable<Parameters<typeof runStep>[1]["call"]["onAttempt"]> = (attempt) =>
      emit({ type: "step.attempt", runId, step: named.name, attempt });
    const call = { meter, signal, flow: pipeline.name, maxWaitMs: runtime.maxWaitMs, onAttempt };
    const result = await runStep(named, {
      runId,
      view: { input, steps: { ...steps } },
      models: runtime.models,
      call,
    });
    steps[named.name] = await outputs.record(named.name, result.output);
    emit({ type: "step.completed", runId, step: named.name, cached: result.cached });
  }
  return finalOutput(pipeline, { input, steps });
}

function parsedInput(pipeline: AnyPipeline, input: unknown): unknown {
  const parsed = pipeline.input.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new SluiceError("INPUT_INVALID", {
    message: `The input does not fit pipeline "${pipeline.name}":\n${z.prettifyError(parsed.error)}`,
    facts: { pipeline: pipeline.name },
    cause: parsed.error,
  });
}

function finalOutput(
  pipeline: AnyPipeline,
  view: { input: unknown; steps: Record<string, unknown> },
): unknown {
  if (!pipeline.makeOutput) return view.steps[pipeline.steps.at(-1)?.name ?? ""];
  try {
    return pipeline.makeOutput(view);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SluiceError("STEP_FAILED", {
      message: `\`.output()\` of pipeline "${pipeline.name}" threw: ${reason}`,
      facts: { pipeline: pipeline.name },
      cause,
    });
  }
}
