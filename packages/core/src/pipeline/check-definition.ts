import { SluiceError } from "../errors/sluice-error.ts";
import { assertFreeId } from "../models/free-only.ts";
import { tasks } from "../models/profiles.ts";
import { answerSchema } from "../models/structured/answer-schema.ts";
import { DAY_MS } from "../shared/duration.ts";
import type { Schema } from "../shared/schema.ts";
import { childrenOf } from "./children.ts";
import type { Pipeline } from "./pipeline.ts";
import type { AgentDefinition, AskOptions, Block, NamedStep, StepDefinition } from "./step.ts";
import { unstorable } from "./unstorable.ts";

/** Where a rule was broken: the pipeline, and the path of the step. */
interface Place {
  pipeline: string;
  path: string;
}

/** Holds a pipeline's head against the rules. @throws SluiceError PIPELINE_INVALID */
export function checkHead({
  name,
  version,
  limits,
  weight,
}: Pick<Pipeline<unknown, unknown>, "name" | "version" | "limits" | "weight">): void {
  const place = { pipeline: name, path: "" };
  if (!NAME.test(name)) throw invalid(place, `its name must match ${NAME}`);
  checkInteger(place, "version", version, [1, Number.MAX_SAFE_INTEGER]);
  checkInteger(place, "limits.requests", limits.requests, [1, 10_000]);
  checkInteger(place, "limits.wallMs", limits.wallMs, [1, DAY_MS]);
  checkInteger(place, "limits.outputBytes", limits.outputBytes, [1, 64 * 1024 * 1024]);
  checkNumber(place, "weight", weight, [0.01, 100]);
}

/**
 * Holds a step, and all steps inside it, against the rules of its kind.
 *
 * @throws SluiceError PIPELINE_INVALID with step path, rule and value; NOT_FREE for a model that may cost money.
 */
export function checkStep(pipeline: string, before: readonly NamedStep[], added: NamedStep): void {
  checkNamed({ pipeline, path: "" }, before, added);
}

function checkNamed(parent: Place, before: readonly NamedStep[], { name, step }: NamedStep): void {
  const place = { ...parent, path: parent.path === "" ? name : `${parent.path}/${name}` };
  if (!NAME.test(name)) throw invalid(parent, `the step name "${name}" must match ${NAME}`);
  if (before.some((other) => other.name === name)) throw invalid(parent, `two steps are named "${name}"`);
  checkKind(place, step);
  for (const { name: inner, block } of childrenOf(step)) {
    checkBlock({ ...place, path: `${place.path}/${inner}` }, block);
  }
}

function checkBlock(place: Place, { steps }: Block): void {
  if (steps.length === 0) throw invalid(place, "no step stands in it; add one with `.step(name, …)`");
  steps.forEach((named, index) => checkNamed(place, steps.slice(0, index), named));
}

function checkKind(place: Place, step: StepDefinition): void {
  switch (step.kind) {
    case "code":
      checkStorable(place, "output", step.output);
      if (step.timeoutMs !== null) checkInteger(place, "timeoutMs", step.timeoutMs, [1, DAY_MS]);
      checkInteger(place, "retry.maxAttempts", step.retry.maxAttempts, [1, 100]);
      return checkInteger(place, "retry.delayMs", step.retry.delayMs, [0, DAY_MS]);
    case "llm":
      return checkAsk(place, step);
    case "agent":
      return checkAgent(place, step);
    case "map":
      return checkInteger(place, "concurrency", step.concurrency, [1, 100]);
    case "reduce":
      checkInteger(place, "maxGroupTokens", step.maxGroupTokens, [100, 1_000_000]);
      checkInteger(place, "maxGroupItems", step.maxGroupItems, [2, 100]);
      return checkInteger(place, "concurrency", step.concurrency, [1, 100]);
    case "parallel":
      return checkNames(place, "branches", step.branches);
    case "branch":
      return checkNames(place, "cases", step.cases);
    case "loop":
      checkStorable(place, "state", step.state);
      return checkInteger(place, "maxRounds", step.maxRounds, [1, 100]);
    case "pipeline":
      return;
    case "approve":
      checkStorable(place, "decision", step.decision);
      if ((step.timeoutMs === null) !== (step.onTimeout === null)) {
        throw invalid(place, "`timeoutMs` and `onTimeout` belong together: give both or neither");
      }
      if (step.timeoutMs !== null) checkInteger(place, "timeoutMs", step.timeoutMs, [1, 366 * DAY_MS]);
      return;
    case "sleep":
      if (step.until === null) checkInteger(place, "forMs", step.forMs ?? Number.NaN, [0, 366 * DAY_MS]);
  }
}

function checkAgent(place: Place, step: AgentDefinition): void {
  checkAsk(place, step);
  checkInteger(place, "maxSteps", step.maxSteps, [1, 50]);
  if (step.maxRequests !== null) checkInteger(place, "maxRequests", step.maxRequests, [1, 10_000]);
  step.tools.forEach((tool, index) => {
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(tool.name)) {
      throw invalid(place, `the tool name "${tool.name}" must match /^[A-Za-z0-9_-]{1,64}$/`);
    }
    if (step.tools.slice(0, index).some(({ name }) => name === tool.name)) {
      throw invalid(place, `two tools are named "${tool.name}"`);
    }
    answerSchema(tool.input, `${nameOf(place)}, tool "${tool.name}"`, "input");
  });
}

function checkAsk(place: Place, step: AskOptions & { output: Schema<unknown> | null }): void {
  for (const id of step.models ?? []) assertFreeId(id, `\`models\` of ${nameOf(place)}`);
  if (step.task !== "auto" && !tasks.includes(step.task)) {
    throw badOption(place, "task", `one of auto, ${tasks.join(", ")}`, step.task);
  }
  checkNumber(place, "temperature", step.temperature, [0, 2]);
  checkInteger(place, "maxOutputTokens", step.maxOutputTokens, [1, 65_536]);
  checkInteger(place, "repair", step.maxRepairs, [0, 3]);
  if (!step.output) return;
  answerSchema(step.output, nameOf(place));
  checkStorable(place, "output", step.output);
}

function checkNames(place: Place, option: string, named: ReadonlyArray<{ name: string }>): void {
  if (named.length === 0) throw badOption(place, option, "an object with at least one entry", {});
  for (const { name } of named) {
    if (!/^[^/#*]{1,64}$/.test(name)) throw badOption(place, option, "named without /, # and *", name);
  }
}

function checkStorable(place: Place, option: string, schema: Schema<unknown>): void {
  const found = unstorable(schema);
  if (!found) return;
  const path = [option, ...found.path].join(".");
  throw invalid(
    place,
    `\`${path}\` is a ${found.type}, which cannot be stored as JSON; use z.iso.date() or z.iso.datetime() for dates, arrays for sets, z.record() for maps, z.number() or z.string() for bigints`,
  );
}

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

type Range = [low: number, high: number];

function checkNumber(place: Place, option: string, value: number, range: Range): void {
  if (!isWithin(value, range)) throw badOption(place, option, `a number ${told(range)}`, value);
}

function checkInteger(place: Place, option: string, value: number, range: Range): void {
  if (isWithin(value, range) && Number.isInteger(value)) return;
  throw badOption(place, option, `a whole number ${told(range)}`, value);
}

function isWithin(value: number, [low, high]: Range): boolean {
  return value >= low && value <= high;
}

function told([low, high]: Range): string {
  return high === Number.MAX_SAFE_INTEGER ? `from ${low} up` : `from ${low} to ${high}`;
}

function badOption(place: Place, option: string, rule: string, value: unknown): SluiceError {
  return invalid(
    place,
    `expected \`${option}\` to be ${rule}, got ${JSON.stringify(value)} (${typeof value})`,
  );
}

function nameOf({ pipeline, path }: Place): string {
  return path === "" ? `Pipeline "${pipeline}"` : `Step "${path}" of pipeline "${pipeline}"`;
}

function invalid(place: Place, why: string): SluiceError {
  return new SluiceError("PIPELINE_INVALID", {
    message: `${nameOf(place)}: ${why}.`,
    facts: { pipeline: place.pipeline, step: place.path },
  });
}
