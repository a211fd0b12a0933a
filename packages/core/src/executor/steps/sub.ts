import { pathInto } from "../../pipeline/children.ts";
import type { PipelineDefinition } from "../../pipeline/step.ts";
import { callAuthor } from "../author-code.ts";
import { finalOutput, validInput } from "../pipeline-body.ts";
import type { StepAt } from "../run-context.ts";

/** Runs another pipeline inside this run. */
export async function runSub({ pipeline, input }: PipelineDefinition, at: StepAt): Promise<unknown> {
  const { path, view, run } = at;
  const given = await callAuthor(`\`input\` of step "${path}"`, path, () => input(view));
  const own = await validInput(pipeline, given);
  const prefix = pathInto(path, { name: pipeline.name, block: pipeline });
  const result = await at.runBlock(pipeline, { prefix, view: { input: own, steps: {} }, run });
  return finalOutput(pipeline, own, result);
}
