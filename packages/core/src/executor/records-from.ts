import { SluiceError } from "../errors/sluice-error.ts";
import { childrenOf, pathInto } from "../pipeline/children.ts";
import type { Block, StepDefinition } from "../pipeline/step.ts";

/** What of a run's records goes; `*` in a path stands for the number of an item. */
interface Rule {
  parts: readonly string[];
  /**
   * - `tree`: everything under the path.
   * - `output`: what the step gave; what it has decided (which case, which items) stays.
   * - `error`: that an item has failed.
   */
  what: "tree" | "output" | "error";
}

/** A step at which a run can begin again. */
interface Start {
  path: string;
  rules: readonly Rule[];
}

/**
 * Tells which records of a run are to be dropped for it to go again from a step: those of the step itself and of
 * everything after it, in the order in which the pipeline is defined. Branches beside it, and items of a map other than
 * the one that the path names, keep theirs.
 *
 * A path is one of the definition, where a star stands for every item of a map, or one of the run, with an item's number:
 * `notes/3/note`. Rounds of a loop and levels of a reduce build upon each other, so such a step goes again as a whole.
 *
 * @returns a function that is true for the path of a record that is to be dropped.
 * @throws SluiceError OPTION_INVALID when no step has this path; the message lists those there are.
 */
export function recordsFrom(pipeline: Block, step: string): (recordPath: string) => boolean {
  const given = step.split("/");
  const starts = [...startsIn(pipeline, "", [])];
  const start = starts.find(({ path }) => matches(path.split("/"), given));
  if (!start) {
    const known = starts.map(({ path }) => path);
    throw new SluiceError("OPTION_INVALID", {
      message: `A run cannot begin again at "${step}"; it can at: ${known.join(", ")}.`,
      facts: { step, known },
    });
  }
  const rules = start.rules.map((rule) => bound(rule, given));
  return (recordPath) => rules.some((rule) => isDropped(rule, recordPath));
}

/** The steps of a block and of the blocks inside, outermost first; `outer` drops what comes after the block. */
function* startsIn(block: Block, prefix: string, outer: readonly Rule[]): Generator<Start> {
  for (const [index, { name, step }] of block.steps.entries()) {
    const path = prefix + name;
    const after = block.steps.slice(index + 1).map((next) => rule("tree", prefix + next.name));
    const later = [...after, ...outer];
    yield { path, rules: [rule("tree", path), ...later] };
    if (!canBeginInside(step)) continue;
    for (const child of childrenOf(step)) {
      const into = pathInto(path, child);
      const failed = step.kind === "map" ? [rule("error", into.slice(0, -1))] : [];
      yield* startsIn(child.block, into, [rule("output", path), ...failed, ...later]);
    }
  }
}

function canBeginInside({ kind }: StepDefinition): boolean {
  return kind !== "loop" && kind !== "reduce";
}

function rule(what: Rule["what"], path: string): Rule {
  return { what, parts: path.split("/") };
}

/** The rule for the items that the given path names, as far as both lead the same way. */
function bound({ what, parts }: Rule, given: readonly string[]): Rule {
  const end = parts.findIndex((part, index) => !fits(part, given[index]));
  const shared = end === -1 ? parts.length : end;
  return { what, parts: parts.map((part, index) => (index < shared ? (given[index] ?? part) : part)) };
}

function isDropped({ what, parts }: Rule, recordPath: string): boolean {
  const [path = "", word] = splitWord(recordPath);
  const recorded = path.split("/");
  const isBelow = parts.every((part, index) => fits(part, recorded[index]));
  if (what === "tree") return isBelow;
  return isBelow && recorded.length === parts.length && word === (what === "error" ? "error" : undefined);
}

/** `tax#turn/2` is the record `turn/2` of the step `tax`. */
function splitWord(recordPath: string): [path: string, word: string | undefined] {
  const at = recordPath.indexOf("#");
  return at === -1 ? [recordPath, undefined] : [recordPath.slice(0, at), recordPath.slice(at + 1)];
}

function matches(pattern: readonly string[], given: readonly string[]): boolean {
  return pattern.length === given.length && pattern.every((part, index) => fits(part, given[index]));
}

function fits(part: string, given: string | undefined): boolean {
  return part === given || (part === "*" && given !== undefined && /^\d+$/.test(given));
}
