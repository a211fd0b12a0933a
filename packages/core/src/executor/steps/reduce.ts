import { SluiceError } from "../../errors/sluice-error.ts";
import type { ReduceDefinition } from "../../pipeline/step.ts";
import { estimateTokens } from "../../shared/token-estimate.ts";
import { callAuthor } from "../author-code.ts";
import type { StepAt } from "../run-context.ts";
import { sideBySide } from "../side-by-side.ts";
import { arrayOf } from "./array-of.ts";

/** Combines groups of items, then the results, until one is left. */
export async function runReduce(step: ReduceDefinition, at: StepAt): Promise<unknown> {
  const { path, view } = at;
  let items = arrayOf(await callAuthor(`\`over\` of step "${path}"`, path, () => step.over(view)), path);
  if (items.length === 0) return empty(step, at);
  for (let level = 0; items.length > 1; level++) {
    const groups = groupItems(items, step);
    items = await sideBySide({ count: groups.length, concurrency: step.concurrency }, async (index) =>
      combine(step, at, {
        items: groups[index] ?? [],
        isLast: groups.length === 1,
        prefix: `${path}/${level}.${index}/`,
      }),
    );
  }
  return items[0];
}

/** A group of one is carried to the next level as it is. */
async function combine(
  { combine: block }: ReduceDefinition,
  { view, run, runBlock }: StepAt,
  { items, isLast, prefix }: { items: readonly unknown[]; isLast: boolean; prefix: string },
): Promise<unknown> {
  if (items.length === 1) return items[0];
  return (await runBlock(block, { prefix, view: { ...view, items, isLast }, run })).output;
}

/**
 * Cuts items into groups, in order, each within the limits. Every group but the last has at least two items, so that
 * each level has fewer than the one before.
 */
export function groupItems(
  items: readonly unknown[],
  { maxGroupTokens, maxGroupItems }: Pick<ReduceDefinition, "maxGroupTokens" | "maxGroupItems">,
): unknown[][] {
  const groups: unknown[][] = [];
  let group: unknown[] = [];
  let tokens = 0;
  for (const item of items) {
    const more = estimateTokens(JSON.stringify(item) ?? "");
    const isFull = group.length >= maxGroupItems || (group.length >= 2 && tokens + more > maxGroupTokens);
    if (isFull) {
      groups.push(group);
      group = [];
      tokens = 0;
    }
    group.push(item);
    tokens += more;
  }
  if (group.length > 0) groups.push(group);
  return groups;
}

async function empty({ whenEmpty }: ReduceDefinition, { path, view }: StepAt): Promise<unknown> {
  if (whenEmpty) return callAuthor(`\`whenEmpty\` of step "${path}"`, path, () => whenEmpty(view));
  throw new SluiceError("STEP_FAILED", {
    message: `Step "${path}" has no item to reduce; say with \`whenEmpty\` what it gives then.`,
    facts: { step: path },
  });
}
