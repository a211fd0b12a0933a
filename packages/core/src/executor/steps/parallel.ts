import { pathInto } from "../../pipeline/children.ts";
import type { ParallelDefinition } from "../../pipeline/step.ts";
import type { StepAt } from "../run-context.ts";
import { sideBySide } from "../side-by-side.ts";

/** Runs all branches side by side and joins their outputs under their names. */
export async function runParallel({ branches }: ParallelDefinition, at: StepAt): Promise<unknown> {
  const { path, view, run, runBlock } = at;
  const outputs = await sideBySide(
    { count: branches.length, concurrency: branches.length },
    async (index) => {
      const branch = branches[index];
      if (!branch) return undefined;
      const prefix = pathInto(path, branch);
      return [branch.name, (await runBlock(branch.block, { prefix, view, run })).output] as const;
    },
  );
  return Object.fromEntries(outputs.flatMap((output) => (output ? [output] : [])));
}
