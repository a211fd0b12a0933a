import type { LedgerStatus } from "../../quota/ledger.ts";
import { isRecord } from "../../shared/json.ts";
import type { PackExample } from "./pack.ts";

/**
 * Of so many requests for several items one is followed by a request that asks one of its items again, alone. A share of
 * the answers would cost more than the requests that they came with.
 */
export const SAMPLE_SHARE = 0.04;

/** With fewer requests left of the day none is spent on trust. */
const LEAST_LEFT = 20;

/** One item in so many is one whose answer is known. */
const ITEMS_PER_CANARY = 25;

/** Which examples are shown with a request, and which one is asked as if nobody knew its answer. */
export interface ChosenExamples {
  shown: readonly PackExample[];
  canary: PackExample | undefined;
}

/** Examples shown in one request at most: the first to show the form, the second to show that there is more than one. */
const MOST_SHOWN = 2;

/**
 * Chooses the examples of one request. The one that is asked is not shown; with one example alone there is none to ask.
 *
 * @param random two numbers from 0 up to 1.
 */
export function chooseExamples(
  examples: readonly PackExample[],
  items: number,
  random: readonly [number, number],
): ChosenExamples {
  const [whether, which] = random;
  const isAsked = examples.length > 1 && whether < items / ITEMS_PER_CANARY;
  const index = isAsked ? Math.floor(which * examples.length) : -1;
  const shown = examples.filter((_, at) => at !== index).slice(0, MOST_SHOWN);
  return { shown, canary: examples[index] };
}

/** Whether one item of a request is asked again alone. */
export function isSampled(
  share: number,
  { perDay, usedToday }: Pick<LedgerStatus, "perDay" | "usedToday">,
  random: number,
): boolean {
  return random < share && perDay - usedToday >= LEAST_LEFT;
}

/** Longer texts are told in other words each time. */
const COMPARED_CHARS = 40;

/**
 * Whether two answers say the same: the same fields, with the same numbers, labels and short texts. Case, blanks and the
 * wording of longer texts are not compared.
 */
export function answersAgree(one: unknown, other: unknown): boolean {
  if (typeof one === "string" && typeof other === "string") {
    const [a, b] = [normal(one), normal(other)];
    return a === b || Math.min(a.length, b.length) > COMPARED_CHARS;
  }
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((item, at) => answersAgree(item, other[at]));
  }
  if (isRecord(one) && isRecord(other)) {
    const names = new Set([...Object.keys(one), ...Object.keys(other)]);
    return [...names].every((name) => answersAgree(one[name], other[name]));
  }
  return one === other;
}

function normal(text: string): string {
  return text.trim().replace(/\s+/g, " ").toLowerCase();
}
