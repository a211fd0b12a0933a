import { whyUnusable } from "../models/agent/assert-tools.ts";
import { assertFreeId } from "../models/free-only.ts";
import { whyUnpackable } from "../models/pack/compose-pack.ts";
import { tasks } from "../models/profiles.ts";
import { answerSchema } from "../models/structured/answer-schema.ts";
import { DAY_MS } from "../shared/duration.ts";
import type { Schema } from "../shared/schema.ts";
import {
  badOption,
  checkInteger,
  checkNumber,
  checkStorable,
  invalid,
  nameOf,
  type Place,
} from "./definition-rules.ts";
import type {
  AgentDefinition,
  AskOptions,
  CodeDefinition,
  LlmDefinition,
  StepDefinition,
  ToolDefinition,
} from "./step.ts";

const YEAR_MS = 366 * DAY_MS;

/**
 * Holds a step against the rules of its kind; the steps inside it are not looked at.
 *
 * @throws SluiceError PIPELINE_INVALID, NOT_FREE.
 */
export function checkKind(place: Place, step: StepDefinition): void {
  const within = (option: string, value: number, range: [number, number]) =>
    checkInteger(place, option, { value, range });
  switch (step.kind) {
    case "code":
      checkCode(place, step);
      break;
    case "llm":
      checkAsk(place, step);
      checkPack(place, step);
      break;
    case "agent":
      checkAgent(place, step);
      break;
    case "map":
      within("concurrency", step.concurrency, [1, 100]);
      break;
    case "reduce":
      within("maxGroupTokens", step.maxGroupTokens, [100, 1_000_000]);
      within("maxGroupItems", step.maxGroupItems, [2, 100]);
      within("concurrency", step.concurrency, [1, 100]);
      break;
    case "parallel":
      checkNames(place, "branches", step.branches);
      break;
    case "branch":
      checkNames(place, "cases", step.cases);
      break;
    case "loop":
      checkStorable(place, "state", step.state);
      within("maxRounds", step.maxRounds, [1, 100]);
      break;
    case "pipeline":
      break;
    case "approve":
      checkStorable(place, "decision", step.decision);
      if ((step.timeoutMs === null) !== (step.onTimeout === null)) {
        throw invalid(place, "`timeoutMs` and `onTimeout` belong together: give both or neither");
      }
      if (step.timeoutMs !== null) within("timeoutMs", step.timeoutMs, [1, YEAR_MS]);
      break;
    case "sleep":
      if (!step.until) within("forMs", step.forMs ?? Number.NaN, [0, YEAR_MS]);
  }
}

function checkCode(place: Place, { output, timeoutMs, retry }: CodeDefinition): void {
  checkStorable(place, "output", output);
  if (timeoutMs !== null) checkInteger(place, "timeoutMs", { value: timeoutMs, range: [1, DAY_MS] });
  checkInteger(place, "retry.maxAttempts", { value: retry.maxAttempts, range: [1, 100] });
  checkInteger(place, "retry.delayMs", { value: retry.delayMs, range: [0, DAY_MS] });
}

function checkAsk(place: Place, step: AskOptions & { output: Schema<unknown> | null }): void {
  for (const id of step.models ?? []) assertFreeId(id, `\`models\` of step "${place.path}"`);
  if (step.models?.length === 0) {
    throw badOption(place, "models", { rule: "left out, or at least one id", value: [] });
  }
  if (step.task !== "auto" && !tasks.includes(step.task)) {
    throw badOption(place, "task", { rule: `one of auto, ${tasks.join(", ")}`, value: step.task });
  }
  checkNumber(place, "temperature", { value: step.temperature, range: [0, 2] });
  checkInteger(place, "maxOutputTokens", { value: step.maxOutputTokens, range: [1, 65_536] });
  checkInteger(place, "repair", { value: step.maxRepairs, range: [0, 3] });
  if (!step.output) return;
  answerSchema(step.output, nameOf(place));
  checkStorable(place, "output", step.output);
}

function checkPack(place: Place, { pack, output, images }: LlmDefinition): void {
  if (pack === null) return;
  if (images) throw invalid(place, "`pack` joins texts only; leave it out of a step with `images`");
  if (pack.maxItems !== null) {
    checkInteger(place, "pack.maxItems", { value: pack.maxItems, range: [1, 100] });
  }
  checkNumber(place, "pack.sample", { value: pack.sample, range: [0, 1] });
  const why = output && whyUnpackable(answerSchema(output, nameOf(place)));
  if (why) throw invalid(place, `\`pack\` cannot be used: ${why}`);
}

function checkAgent(place: Place, step: AgentDefinition): void {
  checkAsk(place, step);
  checkInteger(place, "maxSteps", { value: step.maxSteps, range: [1, 50] });
  if (step.maxRequests !== null) {
    checkInteger(place, "maxRequests", { value: step.maxRequests, range: [1, 10_000] });
  }
  const taken = new Set<string>();
  for (const tool of step.tools) {
    checkTool(place, tool, taken);
    taken.add(tool.name);
  }
}

function checkTool(place: Place, { name, input }: ToolDefinition, taken: ReadonlySet<string>): void {
  const why = whyUnusable(name, taken);
  if (why !== undefined) throw invalid(place, `the tool name ${JSON.stringify(name)} is not usable: ${why}`);
  answerSchema(input, `${nameOf(place)}, tool "${name}"`, "input");
}

/** Names become parts of step paths. */
function checkNames(place: Place, option: string, named: ReadonlyArray<{ name: string }>): void {
  if (named.length === 0)
    throw badOption(place, option, { rule: "an object with at least one entry", value: {} });
  for (const { name } of named) {
    if (!/^[^/#*]{1,64}$/.test(name)) {
      throw badOption(place, option, { rule: "named by 1 to 64 characters without /, # and *", value: name });
    }
  }
}
