import type { QuestionAt } from "../executor/run-context.ts";
import { fingerprintOf, packTermsOf, type QuestionSplit, splitOf } from "../executor/steps/pack-terms.ts";
import { messagesOf } from "../executor/steps/question.ts";
import { requestOf } from "../executor/steps/request.ts";
import type { ChatMessage } from "../models/chat.ts";
import type { ModelRequest } from "../models/model-request.ts";
import type { PackTerms } from "../models/pack/pack.ts";
import type { LlmDefinition } from "../pipeline/step.ts";

/** A question that a run will ask, as far as it is known before the run. */
export interface ForeseenQuestion {
  /** The path of its step; of several steps that are asked as one, the first. */
  step: string;
  request: ModelRequest<unknown>;
  /** What its answer answers: itself, or the questions that are asked as this one. */
  answers: ReadonlyArray<ModelRequest<unknown>>;
  /** Undefined when it is asked alone. */
  pack: PackTerms | undefined;
  /** Most items that its author wants in one request; null where he says nothing. */
  maxItems: number | null;
  /**
   * Gives its parts, where its prompt lets item and instructions be told apart; whether its step packs or not. Null for
   * a question that could never be packed.
   */
  split: (() => Promise<QuestionSplit | undefined>) | null;
  /** Nobody knows its text yet: the document's own stands in for it. */
  isEstimate: boolean;
}

/**
 * The question of a step; undefined when its prompt reads what is not known yet, or fails.
 *
 * @param blind where the prompt is made: to read what is not known there is an error.
 */
export async function knownQuestion(
  step: LlmDefinition,
  blind: QuestionAt,
  at: QuestionAt,
): Promise<ForeseenQuestion | undefined> {
  try {
    const messages = await messagesOf(step.prompt, blind);
    const request = await requestOf(step, messages, at);
    const pack = await packTermsOf(step, messages, at);
    const split = step.images ? null : () => splitOf(step, messages, at);
    return { ...questionOf(step, request, at), pack, split, isEstimate: false };
  } catch {
    return undefined;
  }
}

/** The question of a step as it would be if its prompt were the item alone. */
export async function guessedQuestion(
  step: LlmDefinition,
  at: QuestionAt,
  item: string,
): Promise<ForeseenQuestion> {
  const messages: ChatMessage[] = [{ role: "user", content: item }];
  const request = await requestOf({ ...step, images: null }, messages, at);
  const own = { fingerprint: fingerprintOf(step), lead: [], before: "", item, after: "", examples: [] };
  const pack = step.pack && !step.images ? { ...step.pack, ...own } : undefined;
  return { ...questionOf(step, request, at), pack, split: null, isEstimate: true };
}

function questionOf({ pack }: LlmDefinition, request: ModelRequest<unknown>, { path }: QuestionAt) {
  return { step: path, request, answers: [request], maxItems: pack?.maxItems ?? null };
}
