import type { RunnableInterface } from "@langchain/core/runnables";
import { unwrapLayerError } from "../models/openrouter/layer-error.ts";
import { type Step, stepOf } from "../pipeline/step.ts";
import { type CodeContext, type CodeOptions, code } from "../pipeline/steps/code.ts";
import type { Schema } from "../shared/schema.ts";
import { callbacksHere } from "./step-runs.ts";

/** Options of {@link runnable}. */
export interface RunnableOptions<View, Given, Output>
  extends Pick<CodeOptions<View, Output>, "timeoutMs" | "retry"> {
  /** Any Runnable: a chain, a prompt with a parser, a retriever, an agent, a graph. */
  runnable: RunnableInterface<Given, unknown>;
  /** What the Runnable is given. */
  input: (view: View) => NoInfer<Given> | Promise<NoInfer<Given>>;
  /** What the Runnable gives; checked at run time. The output is stored as JSON: let a parser make text of messages. */
  output: Schema<Output>;
}

/**
 * A step that invokes a LangChain Runnable.
 *
 * ```ts
 * const chain = prompt.pipe(chatModel(models)).pipe(new StringOutputParser());
 * .step("title", runnable({ runnable: chain, input: ({ input }) => ({ text: input.text }), output: z.string() }))
 * ```
 *
 * **A Runnable that brings its own model asks that model by itself: past the gate that lets free models only, past the
 * account's quota, the cache and the run's request budget.** Build it on `chatModel(models)`, which passes all but the
 * last: its requests are counted by its own `meter`.
 *
 * The Runnable is stopped by the run's signal. It gets the callbacks of the `toRunnable` around the run as children of
 * its step, if there are any; LangChain's own rules for tracing by environment hold besides. An error of Sluice's that
 * it throws, wrapped or not, fails or parks the run as if a step had met it; every other fails the step.
 *
 * The pipeline's fingerprint sees the source of `input`, the name of the Runnable and the output's schema, but not what
 * is inside the Runnable; raise the pipeline's version when that changes.
 */
export function runnable<View, Given, Output>(
  options: RunnableOptions<View, Given, Output>,
): Step<View, Output> {
  const { runnable: called, input, output, timeoutMs, retry } = options;
  const run = async (view: View & CodeContext): Promise<unknown> => {
    // LangChain leaves a listener on every signal that it is given.
    const signal = AbortSignal.any([view.signal]);
    const given = await input(view);
    const callbacks = await callbacksHere();
    try {
      return await called.invoke(given, callbacks ? { signal, callbacks } : { signal });
    } catch (error) {
      throw unwrapLayerError(error);
    }
  };
  // Definitions are told apart by the source of their functions, and this function's own is the same for all.
  run.toString = () => `runnable ${called.getName()}: ${input}`;
  return stepOf(code<View, unknown>({ output, run, timeoutMs, retry }).definition);
}
