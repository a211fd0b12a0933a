import { SluiceError } from "../../errors/sluice-error.ts";
import { pathInto } from "../../pipeline/children.ts";
import type { BranchDefinition } from "../../pipeline/step.ts";
import { isRecord } from "../../shared/json.ts";
import { callAuthor } from "../author-code.ts";
import type { StepAt } from "../run-context.ts";

/** Runs the case that the value chooses; a resumed run keeps to the case it chose. */
export async function runBranch(step: BranchDefinition, at: StepAt): Promise<unknown> {
  const { path, view, run } = at;
  const value = await run.outputs.remember(`${path}#on`, () =>
    callAuthor(`\`on\` of step "${path}"`, path, () => step.on(view)),
  );
  const key = step.by === null ? value : isRecord(value) ? value[step.by] : undefined;
  const chosen = step.cases.find(({ name }) => name === key);
  if (!chosen) throw noCase(step, path, key);
  const inner = step.by === null ? view : { ...view, value };
  const { output } = await at.runBlock(chosen.block, { prefix: pathInto(path, chosen), view: inner, run });
  return output;
}

function noCase({ cases }: BranchDefinition, path: string, key: unknown): SluiceError {
  const names = cases.map(({ name }) => name);
  return new SluiceError("STEP_FAILED", {
    message: `Step "${path}" has no case for ${JSON.stringify(key)?.slice(0, 200) ?? "undefined"}; there are: ${names.join(", ")}.`,
    facts: { step: path, cases: names },
  });
}
