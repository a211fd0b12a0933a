import type { Step } from "./step.ts";

/**
 * The step, with the options it was made from as a part of its definition. A fingerprint sees a function by its source,
 * and so it cannot see what the functions of a step close over; whoever writes a function that makes steps tells it so.
 *
 * ```ts
 * const shout = (word: string) => madeFrom({ word }, llm({ prompt: () => `Shout ${word}!` }));
 * ```
 *
 * @param options plain values, schemas and functions; compared by the fingerprint, used for nothing else.
 */
export function madeFrom<View, Output>(
  options: object,
  { definition }: Step<View, Output>,
): Step<View, Output> {
  return { definition: Object.assign({}, definition, { madeFrom: options }) };
}
