import { pathInto } from "../../pipeline/children.ts";
import type { ParallelDefinition } from "../../pipeline/step.ts";
import type { QuestionAt, StepAt } from "../run-context.ts";
import { sideBySide } from "../side-by-side.ts";
import { askFused, type FusableStep } from "./fuse.ts";

/** Runs all branches side by side and joins their outputs under their names. */
export async function runParallel({ branches, fuse }: ParallelDefinition, at: StepAt): Promise<unknown> {
  const { path, view, run, runBlock } = at;
  if (fuse) await askFused(firstSteps(branches, at), path, run);
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

/** The first steps of the branches that begin with a question. */
export function firstSteps(branches: ParallelDefinition["branches"], at: QuestionAt): FusableStep[] {
  return branches.flatMap((branch) => {
    const [first] = branch.block.steps;
    if (first?.step.kind !== "llm") return [];
    const path = pathInto(at.path, branch) + first.name;
    return [{ name: branch.name, step: first.step, at: { ...at, path } }];
  });
}
