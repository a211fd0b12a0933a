import { type ChatMessage, textOf } from "../../models/chat.ts";
import type { PackExample, PackTerms } from "../../models/pack/pack.ts";
import { stepFingerprint } from "../../pipeline/fingerprint.ts";
import type { AnyView, LlmDefinition } from "../../pipeline/step.ts";
import { isRecord } from "../../shared/json.ts";
import type { QuestionAt } from "../run-context.ts";
import { messagesOf } from "./question.ts";

/** Stand for the texts of a view. No document has them: they are for private use and belong to no script. */
const MARK = "\u{f0a17}\u{f0a18}";

/** Hashing a definition takes longer than all else here. */
const fingerprints = new WeakMap<LlmDefinition, string>();

/**
 * What a question has in common with the step's other ones, and what is its own; undefined when it is to be asked
 * alone, because its author wants it so or because the two cannot be told apart.
 *
 * Which is which is not guessed from texts that happen to be alike: the author's prompt is made once more, with a mark
 * in the place of every text of the view. What stands before the first and after the last mark is the step's.
 */
export async function packTermsOf(
  step: LlmDefinition,
  messages: readonly ChatMessage[],
  at: QuestionAt,
): Promise<PackTerms | undefined> {
  if (step.pack === null || step.images) return undefined;
  const split = await splitOf(step, messages, at);
  return (
    split && {
      ...split,
      fingerprint: fingerprintOf(step),
      examples: step.examples.map((example) => exampleOf(example, split)),
      maxItems: step.pack.maxItems,
      sample: step.pack.sample,
    }
  );
}

/** What is the step's in a question, and what is its own; undefined where the two cannot be told apart. */
export async function splitOf(
  step: LlmDefinition,
  messages: readonly ChatMessage[],
  at: QuestionAt,
): Promise<QuestionSplit | undefined> {
  const marked = await markedMessages(step, at);
  return marked && splitQuestion(messages, marked);
}

/** A question in parts. */
export type QuestionSplit = Pick<PackTerms, "lead" | "before" | "item" | "after">;

/** The parts of a question, once it is known what the same question says of marks. */
export function splitQuestion(
  messages: readonly ChatMessage[],
  marked: readonly ChatMessage[],
): QuestionSplit | undefined {
  const lead = messages.slice(0, -1);
  const isSame = (message: ChatMessage, index: number) => {
    const other = marked[index];
    return other?.role === message.role && textOf(other) === textOf(message);
  };
  const last = messages.at(-1);
  const lastMarked = marked.at(-1);
  if (messages.length !== marked.length || !lead.every(isSame) || !last || !lastMarked) return undefined;
  if (last.role !== "user" || lastMarked.role !== "user") return undefined;
  const [text, pattern] = [textOf(last), textOf(lastMarked)];
  const from = pattern.indexOf(MARK);
  if (from < 0) return undefined;
  const before = pattern.slice(0, from);
  const after = pattern.slice(pattern.lastIndexOf(MARK) + MARK.length);
  // A question that is nothing but a text of the view is asked by that text: there it is no material to read.
  if (lead.length === 0 && `${before}${after}`.trim() === "") return undefined;
  const length = text.length - before.length - after.length;
  if (length < 0 || !text.startsWith(before) || !text.endsWith(after)) return undefined;
  return { lead, before, item: text.slice(from, from + length), after };
}

async function markedMessages(
  step: LlmDefinition,
  at: QuestionAt,
): Promise<readonly ChatMessage[] | undefined> {
  try {
    return await messagesOf(step.prompt, { ...at, view: markedView(at.view) });
  } catch {
    // A prompt that takes its texts apart cannot be told from its item, and need not.
    return undefined;
  }
}

/** The view with a mark in the place of each text; numbers and the like stay, because prompts count with them. */
export function markedView(view: AnyView): AnyView {
  return marked(view, 0) as AnyView;
}

/** Deeper than any view of a prompt that can be packed. */
const MAX_DEPTH = 32;

function marked(value: unknown, depth: number): unknown {
  if (typeof value === "string") return MARK;
  if (depth > MAX_DEPTH) return value;
  if (Array.isArray(value)) return value.map((inner: unknown) => marked(inner, depth + 1));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, marked(inner, depth + 1)]));
}

/** The fingerprint of a step, hashed once. */
export function fingerprintOf(step: LlmDefinition): string {
  const known = fingerprints.get(step) ?? stepFingerprint(step);
  fingerprints.set(step, known);
  return known;
}

function exampleOf(
  { prompt, answer }: LlmDefinition["examples"][number],
  { before, after }: Pick<PackTerms, "before" | "after">,
): PackExample {
  const isWhole =
    prompt.startsWith(before) && prompt.endsWith(after) && before.length + after.length <= prompt.length;
  return {
    item: isWhole ? prompt.slice(before.length, prompt.length - after.length) : prompt,
    answer: typeof answer === "string" ? answer : JSON.stringify(answer),
  };
}
