import type { CheckResult } from "../step.ts";

/**
 * Several checks as one: true when all of them hold, else what the first one that does not has to say.
 *
 * ```ts
 * check: ({ input, output }) => allHold(quotesFrom(input.text)(output.quotes), numbersFrom(input.text)(output.amounts)),
 * ```
 */
export function allHold(...results: readonly CheckResult[]): CheckResult {
  return results.find((result) => result !== true) ?? true;
}
