import { type BlockOf, buildBlock, type InnerBlock } from "../block.ts";
import { type Block, type Step, stepOf } from "../step.ts";

/** A branch: one step, or a function that builds several. */
export type Branch<View, Output> = Step<View, Output> | ((branch: InnerBlock<View>) => BlockOf<Output>);

/** Options of {@link parallel}. */
export interface ParallelOptions {
  /** Default true. */
  fuse?: boolean | undefined;
}

/**
 * A step that does several things side by side and joins their outputs under the branches' names. Branches that begin
 * with questions about the same document are asked in one request, unless `fuse` is false.
 *
 * ```ts
 * .step("both", parallel({
 *   tags: llm({ output: z.object({ tags: z.array(z.string()) }), prompt: ({ input }) => input.text }),
 *   summary: (branch) => branch.step("draft", llm({ … })).step("final", llm({ … })),
 * }))
 * ```
 */
export function parallel<View, Outputs extends Record<string, unknown>>(
  branches: {
    [Name in keyof Outputs]: Branch<View, Outputs[Name]>;
  },
  { fuse = true }: ParallelOptions = {},
): Step<View, Outputs> {
  const named = Object.entries<Branch<View, unknown>>(branches).map(([name, branch]) => ({
    name,
    block: blockOf(name, branch),
  }));
  return stepOf({ kind: "parallel", branches: named, fuse });
}

function blockOf<View>(name: string, branch: Branch<View, unknown>): Block {
  return typeof branch === "function" ? buildBlock(branch) : { steps: [{ name, step: branch.definition }] };
}
