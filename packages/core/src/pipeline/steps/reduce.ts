import { type BlockOf, buildBlock, type InnerBlock } from "../block.ts";
import { ofView, type Step, stepOf } from "../step.ts";

/** What the steps for one group see besides. */
export interface GroupView<Item> {
  readonly items: readonly Item[];
  /** True for the group that gives the step's output. */
  readonly isLast: boolean;
}

/** Options of {@link reduce}. */
export interface ReduceOptions<View, Item> {
  /** The items: an array from the input or from earlier steps. */
  over: (view: View) => readonly Item[];
  /** The steps that make one item out of a group, which they see as `items`. */
  combine: (group: InnerBlock<View, GroupView<Item>>) => BlockOf<NoInfer<Item>>;
  /** Estimated tokens of one group's items as JSON, 100 to 1,000,000. Default 4,000. A larger item stands alone with one other. */
  maxGroupTokens?: number | undefined;
  /** Items in one group, 2 to 100. Default 12. */
  maxGroupItems?: number | undefined;
  /** The output when there is no item. Default: an error. */
  whenEmpty?: ((view: View) => NoInfer<Item>) | undefined;
  /** Groups worked on at the same time, 1 to 100. Default 4. */
  concurrency?: number | undefined;
}

/**
 * A step that makes one item out of many in bounded context: groups are combined, then the results of groups, until one
 * is left. One item alone is the output as it stands. n items in groups of g take about (n − 1) / (g − 1) requests.
 *
 * ```ts
 * .step("summary", reduce({
 *   over: ({ steps }) => steps.notes,
 *   combine: (group) => group.step("merged", llm({ prompt: ({ items }) => `Merge these notes.\n\n${items.join("\n\n")}` })),
 * }))
 * ```
 */
export function reduce<View, Item>(options: ReduceOptions<View, Item>): Step<View, Item> {
  const { over, combine, whenEmpty } = options;
  const { maxGroupTokens = 4_000, maxGroupItems = 12, concurrency = 4 } = options;
  return stepOf({
    kind: "reduce",
    over: ofView(over),
    combine: buildBlock(combine),
    maxGroupTokens,
    maxGroupItems,
    whenEmpty: whenEmpty ? ofView(whenEmpty) : null,
    concurrency,
  });
}
