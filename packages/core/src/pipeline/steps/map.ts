import type { ErrorRecord } from "../../errors/sluice-error.ts";
import type { Schema } from "../../shared/schema.ts";
import { type BlockOf, buildBlock, type InnerBlock } from "../block.ts";
import { hasPackedStep } from "../children.ts";
import { ofView, type Step, stepOf } from "../step.ts";

const CONCURRENCY = 4;
const PACKED_CONCURRENCY = 32;

/** What the steps for one item see besides. */
export interface ItemView<Item> {
  readonly item: Item;
  /** The item's place, from 0. */
  readonly index: number;
  /** How many items there are. */
  readonly count: number;
}

/** What became of one item where errors are collected. */
export type Collected<Output> = { ok: true; value: Output } | { ok: false; error: ErrorRecord };

/** Options of {@link map} that do not depend on what becomes of errors. */
interface MapBaseOptions<View, Item, Output> {
  /** The items: an array from the input or from earlier steps. */
  over: (view: View) => readonly Item[];
  /** Holds each item against a schema before any work begins. */
  item?: Schema<Item> | undefined;
  /** The steps for one item, which they see as `item`. The last one's output is the item's. */
  each: (item: InnerBlock<View, ItemView<Item>>) => BlockOf<Output>;
  /**
   * Items worked on at the same time, 1 to 100. Default 4; 32 where steps of an item may be asked together with those of
   * others (`pack`). The account's quota is shared in any case.
   */
  concurrency?: number | undefined;
}

/** Options of {@link map}. */
export interface MapOptions<View, Item, Output> extends MapBaseOptions<View, Item, Output> {
  /**
   * `fail` (default): an item that fails, fails the run, after the items at work are done and recorded.
   * `collect`: it stands in the output as `{ ok: false, error }` beside the `{ ok: true, value }` of the others.
   */
  onItemError?: "fail" | undefined;
}

/** Options of {@link map} that collects errors. */
export interface MapCollectOptions<View, Item, Output> extends MapBaseOptions<View, Item, Output> {
  onItemError: "collect";
}

/**
 * A step that does the same with every item of an array. Each item's steps are recorded on their own: a run that breaks
 * off goes on with the items that are left.
 *
 * ```ts
 * .step("notes", map({
 *   over: ({ steps }) => steps.split,
 *   each: (chunk) => chunk.step("note", llm({ prompt: ({ item }) => `Note the main points.\n\n${item.text}` })),
 * }))
 * ```
 */
export function map<View, Item, Output>(
  options: MapCollectOptions<View, Item, Output>,
): Step<View, Array<Collected<Output>>>;
export function map<View, Item, Output>(options: MapOptions<View, Item, Output>): Step<View, Output[]>;
export function map<View, Item, Output>(
  options: MapOptions<View, Item, Output> | MapCollectOptions<View, Item, Output>,
): Step<View, never> {
  const { over, item = null, onItemError = "fail" } = options;
  const each = buildBlock(options.each);
  const { concurrency = hasPackedStep(each) ? PACKED_CONCURRENCY : CONCURRENCY } = options;
  return stepOf({
    kind: "map",
    over: ofView(over),
    item,
    each,
    concurrency,
    onItemError,
  });
}
