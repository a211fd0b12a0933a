import type { Pipeline } from "../pipeline.ts";
import { ofView, type Step, stepOf } from "../step.ts";

/** Options of {@link sub}. */
export interface SubOptions<View, Input, Output> {
  /** Runs inside this run: its limits and its quota are this run's. */
  pipeline: Pipeline<Input, Output>;
  /** What it works on. */
  input: (view: View) => NoInfer<Input>;
}

/**
 * Another pipeline as one step.
 *
 * ```ts
 * .step("invoice", sub({ pipeline: invoices, input: ({ input }) => ({ text: input.body, name: input.name }) }))
 * ```
 */
export function sub<View, Input, Output>(options: SubOptions<View, Input, Output>): Step<View, Output> {
  return stepOf({ kind: "pipeline", pipeline: options.pipeline, input: ofView(options.input) });
}
