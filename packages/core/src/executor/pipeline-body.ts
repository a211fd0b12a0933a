import { SluiceError } from "../errors/sluice-error.ts";
import type { AnyView, PipelineBody } from "../pipeline/step.ts";
import { checkValue } from "../shared/schema.ts";
import { callAuthor } from "./author-code.ts";
import type { BlockResult } from "./run-context.ts";

/**
 * An input as the pipeline's schema gives it.
 *
 * @throws SluiceError INPUT_INVALID with the path and the offending value, shortened.
 */
export async function validInput({ name, input: schema }: PipelineBody, input: unknown): Promise<unknown> {
  const checked = await checkValue(schema, input);
  if (checked.ok) return checked.value;
  throw new SluiceError("INPUT_INVALID", {
    message: `The input does not fit pipeline "${name}":\n${checked.problem}`,
    facts: { pipeline: name },
  });
}

/** The output of a pipeline whose steps are done: the last step's, or what \`.output()\` makes of all. */
export async function finalOutput(
  { name, makeOutput }: PipelineBody,
  input: unknown,
  { output, steps }: BlockResult,
): Promise<unknown> {
  if (!makeOutput) return output;
  const view: AnyView = { input, steps };
  return callAuthor(`\`.output()\` of pipeline "${name}"`, "", () => makeOutput(view));
}
