import { type AnyPipeline, childrenOf, pathInto } from "@sluice/core";

type Block = Pick<AnyPipeline, "steps">;
type StepDefinition = AnyPipeline["steps"][number]["step"];

/**
 * The path of the step at which a run stands: the first one in order that is not recorded, as deep as the records tell.
 * Where steps run side by side it stands for all that were under way.
 *
 * @param recorded the paths of what is recorded of the run.
 */
export function placeOf(block: Block, recorded: ReadonlySet<string>, prefix = ""): string {
  const open = block.steps.find(({ name }) => !recorded.has(prefix + name)) ?? block.steps.at(-1);
  return open ? placeInside(open.step, prefix + open.name, recorded) : prefix;
}

function placeInside(step: StepDefinition, path: string, recorded: ReadonlySet<string>): string {
  switch (step.kind) {
    case "map":
    case "loop": {
      const [child] = childrenOf(step);
      return child ? placeInRounds(child.block, path, recorded) : path;
    }
    case "parallel":
    case "pipeline": {
      const open = childrenOf(step).find((child) => !isDone(child.block, recorded, pathInto(path, child)));
      return open ? placeOf(open.block, recorded, pathInto(path, open)) : path;
    }
    // Which case it is, and how items are grouped, is not seen from the paths alone.
    default:
      return path;
  }
}

function placeInRounds(block: Block, path: string, recorded: ReadonlySet<string>): string {
  let index = 0;
  while (recorded.has(`${path}/${index}#error`) || isDone(block, recorded, `${path}/${index}/`)) index++;
  return placeOf(block, recorded, `${path}/${index}/`);
}

function isDone({ steps }: Block, recorded: ReadonlySet<string>, prefix: string): boolean {
  const last = steps.at(-1);
  return last === undefined || recorded.has(prefix + last.name);
}
