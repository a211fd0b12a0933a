import { concernsQuestion } from "../../errors/answer-errors.ts";
import {
  areFusable,
  type FusedPart,
  type FusedParts,
  type FusedVerdict,
  fuseQuestions,
} from "../../models/fused-questions.ts";
import type { ModelRequest } from "../../models/model-request.ts";
import type { PackPlace, PackTerms } from "../../models/pack/pack.ts";
import { freeMarker } from "../../pipeline/ready-made/document-prompt.ts";
import type { AnyView, LlmDefinition } from "../../pipeline/step.ts";
import { hashValue } from "../../shared/hash.ts";
import { randomId } from "../../shared/ids.ts";
import type { QuestionAt, RunContext } from "../run-context.ts";
import { acceptOutput } from "./accept-output.ts";
import { blindView, isBlind } from "./blind-view.ts";
import { fingerprintOf, splitOf } from "./pack-terms.ts";
import { callOf, messagesOf } from "./question.ts";
import { requestOf } from "./request.ts";

/** An llm step that stands where it may be asked with others. */
export interface FusableStep {
  name: string;
  step: LlmDefinition;
  at: QuestionAt;
}

type Part = FusedPart & FusableStep;

/**
 * Asks several steps about the same document in one request, as far as they go together, and leaves the answers where
 * the steps find them. What does not go along, or gets no valid answer, is asked when its turn comes.
 *
 * @param path the step in whose name the request is sent.
 * @throws what rests or fails the run: a closed account, a spent budget.
 */
export async function askFused(steps: readonly FusableStep[], path: string, run: RunContext): Promise<void> {
  const isAnswered = async ({ request, at }: Part) =>
    run.outputs.recorded(at.path) !== undefined || (await run.models.recall(request, run.call)) !== undefined;
  const fused = await fuseSteps(steps, isAnswered);
  if (!fused) return;
  const { parts, request, pack } = fused;
  const place = placesOf(parts);
  const call = { ...callOf(run, path), onPacked: (pack: PackPlace) => tell(parts, run, () => pack) };
  if (!pack) tell(parts, run, place);
  try {
    const answer = await run.models.ask({ ...request, pack }, call);
    for (const part of parts) {
      const accepted = answer.value.get(part.name);
      if (!accepted) continue;
      const bought = { ...answer, ...accepted, pack: answer.pack ?? place(part) };
      run.prepared.set(part.at.path, bought);
      await run.models.keep(part.request, bought);
    }
  } catch (error) {
    if (!concernsQuestion(error)) throw error;
  }
}

/** Several steps as one question. */
export interface FusedSteps {
  parts: readonly [Part, Part, ...Part[]];
  request: ModelRequest<FusedVerdict>;
  /** Undefined when it is asked apart from those of other runs. */
  pack: PackTerms | undefined;
}

/** The question that steps come to which can be asked in one request; undefined when less than two of them go together. */
export async function fuseSteps(
  steps: readonly FusableStep[],
  isAnswered: (part: Part) => Promise<boolean>,
): Promise<FusedSteps | undefined> {
  const [first, second, ...others] = await partsOf(steps, isAnswered);
  if (!first || !second) return undefined;
  const parts = [first, second, ...others] as const;
  const marker = freeMarker([first.split.item, ...parts.flatMap(({ split }) => [split.before, split.after])]);
  const { request, split } = fuseQuestions(parts, { item: first.split.item, marker });
  return { parts, request, pack: packOf(parts, split) };
}

/** Those that follow the first one and go with it; nobody has an answer to any of them. */
async function partsOf(
  steps: readonly FusableStep[],
  isAnswered: (part: Part) => Promise<boolean>,
): Promise<Part[]> {
  const parts: Part[] = [];
  for (const one of steps) {
    const part = await partOf(one);
    const [first] = parts;
    if (!part) break;
    if (first && !(areFusable(first.request, part.request) && first.split.item === part.split.item)) break;
    if (!(await isAnswered(part))) parts.push(part);
  }
  return parts;
}

/** Undefined for a step that reads what is not known yet, shows examples or images, or whose document cannot be told apart. */
async function partOf({ name, step, at }: FusableStep): Promise<Part | undefined> {
  if (step.images || step.examples.length > 0) return undefined;
  const blind = { ...at, view: blindView(at.view, {}) };
  try {
    const messages = await messagesOf(step.prompt, blind);
    const split = await splitOf(step, messages, at);
    if (!split || split.lead.length > 0 || split.item.trim() === "") return undefined;
    const request = await requestOf(step, messages, at);
    return { name, step, at, split, request, acceptAfter: (known) => acceptKnowing(known, { step, at }) };
  } catch (error) {
    if (isBlind(error)) return undefined;
    throw error;
  }
}

/** A check may read the answers of the steps before; without them nobody can say whether it holds. */
function acceptKnowing(
  known: Readonly<Record<string, unknown>>,
  { step, at }: Pick<FusableStep, "step" | "at">,
): ModelRequest<unknown>["accept"] {
  return async (message) => {
    const view: AnyView = blindView(at.view, known);
    try {
      return await acceptOutput(step, { ...at, view })(message);
    } catch (error) {
      if (isBlind(error)) return { ok: false, problem: "its check reads an answer that is not known" };
      throw error;
    }
  };
}

function placesOf(parts: FusedParts): (part: FusedPart) => PackPlace {
  const id = randomId(8);
  return (part) => ({ id, position: parts.indexOf(part) + 1, size: parts.length });
}

function tell(
  parts: readonly Part[],
  { emit, runId }: RunContext,
  place: (part: FusedPart) => PackPlace,
): void {
  for (const part of parts) emit({ type: "step.packed", runId, step: part.at.path, pack: place(part) });
}

/** The fused question can be asked together with those of other runs when all its parts can. */
function packOf(
  parts: readonly Part[],
  split: Pick<PackTerms, "lead" | "before" | "item" | "after">,
): PackTerms | undefined {
  const packs = parts.flatMap(({ step: { pack } }) => (pack ? [pack] : []));
  if (packs.length < parts.length) return undefined;
  const named = packs.flatMap(({ maxItems }) => (maxItems === null ? [] : [maxItems]));
  return {
    ...split,
    fingerprint: hashValue(parts.map(({ name, step }) => [name, fingerprintOf(step)])),
    examples: [],
    maxItems: named.length > 0 ? Math.min(...named) : null,
    sample: Math.max(...packs.map(({ sample }) => sample)),
  };
}
