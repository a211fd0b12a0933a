import { childrenOf, pathInto } from "./children.ts";
import type { Block, PipelineBody, StepDefinition } from "./step.ts";

/**
 * How many HTTP requests a run takes when nothing fails and nothing is cached: the sum of the terms. Each question counts
 * as one request; those that are asked together take fewer.
 */
export interface RequestEstimate {
  /** What is multiplied less stands first. None for a pipeline that asks no model. */
  readonly terms: readonly EstimateTerm[];
  /** For people: `2`, `1 + 1 per item of notes`, `1 to 3`. */
  readonly text: string;
}

/** From `min` to `max` requests, as often as all of `per` say: multiplied. */
export interface EstimateTerm {
  readonly min: number;
  readonly max: number;
  /** Outermost first; empty for requests that every run takes once. */
  readonly per: readonly EstimateFactor[];
}

/** What only a run knows the number of. */
export type EstimateFactor =
  /** Once for each item of the map at `step`. */
  | { readonly each: "item"; readonly step: string }
  /**
   * Once for each group of the reduce at `step`: n items make about (n − 1) / (groupItems − 1) of them, more where
   * groups are full of tokens before they are full of items.
   */
  | { readonly each: "group"; readonly step: string; readonly groupItems: number };

/** Estimates a run of a pipeline before there is one. Of several cases or rounds it knows the fewest and the most. */
export function estimateRequests(pipeline: PipelineBody): RequestEstimate {
  const terms = [...ofBlock(pipeline, "")].sort((a, b) => a.per.length - b.per.length);
  return { terms, text: estimateText(terms) };
}

/** Terms with the same factors stand once in it. */
type Sum = readonly EstimateTerm[];

function ofBlock({ steps }: Block, prefix: string): Sum {
  return sum(steps.map(({ name, step }) => ofStep(step, `${prefix}${name}`)));
}

function ofStep(step: StepDefinition, path: string): Sum {
  const inside = childrenOf(step).map((child) => ofBlock(child.block, pathInto(path, child)));
  switch (step.kind) {
    case "llm":
      return [{ min: 1, max: 1, per: [] }];
    case "agent":
      return [{ min: 1, max: Math.min(step.maxSteps, step.maxRequests ?? step.maxSteps), per: [] }];
    case "map":
      return times({ each: "item", step: path }, sum(inside));
    case "reduce":
      return times({ each: "group", step: path, groupItems: step.maxGroupItems }, sum(inside));
    case "loop":
      return sum(inside).map((term) => ({ ...term, max: term.max * step.maxRounds }));
    case "branch":
      return oneOf(inside);
    default:
      return sum(inside);
  }
}

/** One after the other, or side by side: the requests add up. */
function sum(sums: readonly Sum[]): Sum {
  return [...gather(sums)].map(([, same]) => ({
    per: same[0]?.per ?? [],
    min: total(same.map(({ min }) => min)),
    max: total(same.map(({ max }) => max)),
  }));
}

/** One of several: what every one takes at least, and what any takes at most. */
function oneOf(sums: readonly Sum[]): Sum {
  return [...gather(sums)].map(([, same]) => ({
    per: same[0]?.per ?? [],
    min: same.length < sums.length ? 0 : Math.min(...same.map(({ min }) => min)),
    max: Math.max(...same.map(({ max }) => max)),
  }));
}

function times(factor: EstimateFactor, terms: Sum): Sum {
  return terms.map((term) => ({ ...term, per: [factor, ...term.per] }));
}

/** The terms of all sums by their factors, in the order in which these first come up. */
function gather(sums: readonly Sum[]): Map<string, EstimateTerm[]> {
  const same = new Map<string, EstimateTerm[]>();
  for (const term of sums.flat()) {
    const key = JSON.stringify(term.per);
    same.set(key, [...(same.get(key) ?? []), term]);
  }
  return same;
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}

/** Terms as people read them; see {@link RequestEstimate}. */
export function estimateText(terms: readonly EstimateTerm[]): string {
  if (terms.length === 0) return "0";
  const called = namesOf(terms.flatMap(({ per }) => per));
  return terms.map((term) => textOfTerm(term, { called, isAlone: terms.length === 1 })).join(" + ");
}

function textOfTerm(
  { min, max, per }: EstimateTerm,
  { called, isAlone }: { called: ReadonlyMap<string, string>; isAlone: boolean },
): string {
  const range = min === max ? String(min) : `${min} to ${max}`;
  const count = min === max || isAlone ? range : `(${range})`;
  const factors = per.map((factor) => `per ${unitOf(factor)} of ${called.get(factor.step) ?? factor.step}`);
  const about = per.some(({ each }) => each === "group") ? ["about"] : [];
  return [...about, count, ...factors].join(" ");
}

/** A group of g items makes one out of g: it takes g − 1 items away. */
function unitOf(factor: EstimateFactor): string {
  if (factor.each === "item" || factor.groupItems === 2) return "item";
  return `${factor.groupItems - 1} items`;
}

/** A step goes by its name; by its path where another step has the same name. */
function namesOf(factors: readonly EstimateFactor[]): Map<string, string> {
  const paths = [...new Set(factors.map(({ step }) => step))];
  const nameOf = (path: string) => path.slice(path.lastIndexOf("/") + 1);
  return new Map(
    paths.map((path) => {
      const isTaken = paths.some((other) => other !== path && nameOf(other) === nameOf(path));
      return [path, isTaken ? path : nameOf(path)];
    }),
  );
}
