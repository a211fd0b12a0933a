import type { Pipeline } from "../pipeline.ts";
import { ofView, type Step, stepOf } from "../step.ts";

/**
 * Another pipeline as one step. It runs inside this run: its limits and its quota are this run's.
 *
 * ```ts
 * .step("invoice", sub(invoices, ({ input }) => ({ text: input.body, name: input.name })))
 * ```
 *
 * @param input what the inner pipeline works on.
 */
export function sub<View, Input, Output>(
  pipeline: Pipeline<Input, Output>,
  input: (view: View) => NoInfer<Input>,
): Step<View, Output> {
  return stepOf({ kind: "pipeline", pipeline, input: ofView(input) });
}
