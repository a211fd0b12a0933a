import type { CallbackManagerForChainRun } from "@langchain/core/callbacks/manager";
import { ensureConfig, Runnable, type RunnableConfig } from "@langchain/core/runnables";
import type { RunEvent } from "../executor/events.ts";
import { type RunOptions, runPipeline } from "../executor/run-pipeline.ts";
import type { Runtime } from "../executor/runtime.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import { StepRuns } from "./step-runs.ts";

/**
 * A pipeline as a LangChain Runnable: with `invoke`, `batch`, `stream` (one chunk, the output), `streamEvents`, `pipe`
 * and callbacks.
 *
 * ```ts
 * const chain = toRunnable(invoices, { models: openRouter({ apiKey }) }).pipe(book);
 * await chain.invoke({ name: "a.txt", text }, { callbacks, signal });
 * ```
 *
 * Callbacks hear of the pipeline as one run, and of each step as a child run named by the step's path, with the models
 * that were tried as custom events `sluice.attempt` (`{ step, model, outcome, durationMs }`). What steps were given and
 * what they gave is not told, only the pipeline's own input and output are. `runId` of the config becomes the id of
 * Sluice's run as well, so a resumed run needs the same `runId` and a runtime with lasting `checkpoints`.
 *
 * When `LANGSMITH_TRACING` or one of its older names is `true`, LangChain posts the pipeline's input and output, and
 * those of Runnables inside it, to LangSmith. That is LangChain's doing; unset the variable to keep documents here.
 *
 * `invoke` rejects like `runPipeline`: with a ParkError or WaitingError when the run rests, a SluiceError when it fails,
 * the signal's reason when it was stopped. Every retry that LangChain adds (`withRetry`, `withFallbacks`) asks models
 * again beside the retries of Sluice; a runtime with `checkpoints` and the same `runId` keeps what is done.
 */
export function toRunnable<Input, Output>(
  pipeline: Pipeline<Input, Output>,
  runtime: Runtime,
): Runnable<Input, Output> {
  return new PipelineRunnable(pipeline, runtime);
}

class PipelineRunnable<Input, Output> extends Runnable<Input, Output> {
  override lc_namespace = ["sluice"];
  readonly #pipeline: Pipeline<Input, Output>;
  readonly #runtime: Runtime;

  constructor(pipeline: Pipeline<Input, Output>, runtime: Runtime) {
    super();
    this.name = pipeline.name;
    this.#pipeline = pipeline;
    this.#runtime = runtime;
  }

  static override lc_name(): string {
    return "SluicePipeline";
  }

  override async invoke(input: Input, options?: Partial<RunnableConfig>): Promise<Output> {
    // LangChain would leave the run behind at once when the signal aborts; it is waited for, so that nothing goes on.
    const { signal, ...config } = ensureConfig(options);
    const { runId } = config;
    return this._callWithConfig(
      (given: Input, _config, manager) =>
        this.#run(given, { runId: runId ?? manager?.runId, signal }, manager),
      input,
      config,
    );
  }

  async #run(input: Input, options: RunOptions, manager?: CallbackManagerForChainRun): Promise<Output> {
    if (!manager) return (await runPipeline(this.#pipeline, input, this.#runtime, options)).output;
    const steps = new StepRuns(manager);
    const onEvent = (event: RunEvent) => {
      steps.onEvent(event);
      this.#runtime.onEvent?.(event);
    };
    const runtime = { ...this.#runtime, onEvent };
    try {
      const { output } = await steps.within(() => runPipeline(this.#pipeline, input, runtime, options));
      await steps.end();
      return output;
    } catch (error) {
      await steps.end(error);
      throw error;
    }
  }
}
