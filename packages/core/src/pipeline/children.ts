import type { Block, NamedBlock, StepDefinition } from "./step.ts";

/** A block inside a step; its name is the part of a step path that leads to it (`*` stands for a number). */
export type Child = NamedBlock;

/** The blocks inside a step; none for a step that does its work itself. */
export function childrenOf(step: StepDefinition): Child[] {
  switch (step.kind) {
    case "map":
      return [{ name: "*", block: step.each }];
    case "reduce":
      return [{ name: "*", block: step.combine }];
    case "loop":
      return [{ name: "*", block: step.body }];
    case "parallel":
      return [...step.branches];
    case "branch":
      return [...step.cases];
    case "pipeline":
      return [{ name: step.pipeline.name, block: step.pipeline }];
    default:
      return [];
  }
}

/** Every step of a block and of the blocks inside, outermost first, with its path. */
export function* walkSteps(block: Block, prefix = ""): Generator<{ path: string; step: StepDefinition }> {
  for (const { name, step } of block.steps) {
    const path = `${prefix}${name}`;
    yield { path, step };
    for (const child of childrenOf(step)) yield* walkSteps(child.block, pathInto(path, child));
  }
}

/** True when the questions of some step in a block may be asked together. */
export function hasPackedStep(block: Block): boolean {
  return [...walkSteps(block)].some(({ step }) => step.kind === "llm" && step.pack !== null);
}

/**
 * The path into a block inside a step, with a slash at the end. A branch that is one step of the branch's own name is
 * not named twice: `both/tags`, not `both/tags/tags`.
 */
export function pathInto(path: string, { name, block }: NamedBlock): string {
  return block.steps.length === 1 && block.steps[0]?.name === name ? `${path}/` : `${path}/${name}/`;
}
