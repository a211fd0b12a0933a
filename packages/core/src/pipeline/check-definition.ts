import { DAY_MS } from "../shared/duration.ts";
import { childrenOf } from "./children.ts";
import { checkInteger, checkNumber, invalid, NAME, type Place } from "./definition-rules.ts";
import type { AnyPipeline } from "./pipeline.ts";
import type { Block, NamedStep } from "./step.ts";
import { checkKind } from "./step-rules.ts";

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** Holds a pipeline's head against the rules. @throws SluiceError PIPELINE_INVALID */
export function checkHead(head: Pick<AnyPipeline, "name" | "version" | "limits" | "weight">): void {
  const { name, version, limits, weight } = head;
  const place = { pipeline: name, path: "" };
  if (!NAME.test(name)) throw invalid(place, `its name must match ${NAME}`);
  checkInteger(place, "version", { value: version, range: [1, Number.MAX_SAFE_INTEGER] });
  checkInteger(place, "limits.requests", { value: limits.requests, range: [1, 10_000] });
  checkInteger(place, "limits.wallMs", { value: limits.wallMs, range: [1, DAY_MS] });
  checkInteger(place, "limits.outputBytes", { value: limits.outputBytes, range: [1, MAX_OUTPUT_BYTES] });
  checkNumber(place, "weight", { value: weight, range: [0.01, 100] });
}

/** Refuses a pipeline without a step, which only a run can see: a builder begins as one. @throws SluiceError PIPELINE_INVALID */
export function assertSteps({ name, steps }: Pick<AnyPipeline, "name" | "steps">): void {
  if (steps.length === 0) {
    throw invalid({ pipeline: name, path: "" }, "it has no step; add one with `.step(name, …)`");
  }
}

/**
 * Holds a step, and all steps inside it, against the rules of their kinds.
 *
 * @throws SluiceError PIPELINE_INVALID with step path, rule and value; NOT_FREE for a model that may cost money.
 */
export function checkStep(pipeline: string, before: readonly NamedStep[], added: NamedStep): void {
  checkNamed({ pipeline, path: "" }, before, added);
}

function checkNamed(parent: Place, before: readonly NamedStep[], { name, step }: NamedStep): void {
  if (!NAME.test(name)) throw invalid(parent, `the step name "${name}" must match ${NAME}`);
  if (before.some((other) => other.name === name)) throw invalid(parent, `two steps are named "${name}"`);
  const place = { ...parent, path: parent.path === "" ? name : `${parent.path}/${name}` };
  checkKind(place, step);
  for (const { name: inner, block } of childrenOf(step)) {
    checkBlock({ ...place, path: `${place.path}/${inner}` }, block);
  }
}

function checkBlock(place: Place, { steps }: Block): void {
  if (steps.length === 0) throw invalid(place, "no step stands in it; add one with `.step(name, …)`");
  for (const [index, named] of steps.entries()) checkNamed(place, steps.slice(0, index), named);
}
