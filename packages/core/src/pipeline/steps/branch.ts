import { type BlockOf, buildBlock, type InnerBlock } from "../block.ts";
import { ofView, type Step, stepOf } from "../step.ts";

/** Refuses cases that no value leads to, with a type that says so. */
type OnlyReachable<Outputs, Key extends string> = {
  [Name in Exclude<keyof Outputs, Key>]: "`on` never gives this value";
};

/** Options of {@link branch} for a value that is itself the choice. */
export interface BranchOptions<View, Key extends string, Outputs extends Record<Key, unknown>> {
  /** Chooses the case. */
  on: (view: View) => Key;
  by?: undefined;
  /** One case for each value of `on`, no fewer and no more. */
  cases: {
    [Name in keyof Outputs]: (block: InnerBlock<View>) => BlockOf<Outputs[Name]>;
  } & OnlyReachable<Outputs, Key>;
}

/** Options of {@link branch} for an object of which one field is the choice. */
export interface BranchByOptions<
  View,
  Value extends Record<Field, string>,
  Field extends string,
  Outputs extends Record<Value[Field], unknown>,
> {
  /** The value to look at. */
  on: (view: View) => Value;
  /** The field that tells its variants apart. */
  by: Field;
  /** One case for each variant; its steps see the value, narrowed, as `value`. */
  cases: {
    [Name in keyof Outputs]: (
      block: InnerBlock<View, { readonly value: Extract<Value, Record<Field, Name>> }>,
    ) => BlockOf<Outputs[Name]>;
  } & OnlyReachable<Outputs, Value[Field]>;
}

/**
 * A step that does one of several things, chosen by a value. The compiler asks for a case for every value, and refuses
 * one that no value leads to. The choice is recorded: a resumed run keeps to it.
 *
 * ```ts
 * .step("handled", branch({
 *   on: ({ steps }) => steps.kind.type,           // "invoice" | "letter"
 *   cases: {
 *     invoice: (block) => block.step("fields", llm({ … })),
 *     letter: (block) => block.step("summary", llm({ … })),
 *   },
 * }))
 * ```
 */
export function branch<View, const Key extends string, Outputs extends Record<Key, unknown>>(
  options: BranchOptions<View, Key, Outputs>,
): Step<View, Outputs[keyof Outputs]>;
export function branch<
  View,
  Value extends Record<Field, string>,
  const Field extends string,
  Outputs extends Record<Value[Field], unknown>,
>(options: BranchByOptions<View, Value, Field, Outputs>): Step<View, Outputs[keyof Outputs]>;
export function branch<View>(options: {
  on: (view: View) => unknown;
  by?: string | undefined;
  cases: Record<string, (block: InnerBlock<View>) => BlockOf<unknown>>;
}): Step<View, never> {
  const { on, by = null, cases } = options;
  const named = Object.entries(cases).map(([name, build]) => ({ name, block: buildBlock(build) }));
  return stepOf({ kind: "branch", on: ofView(on), by, cases: named });
}
