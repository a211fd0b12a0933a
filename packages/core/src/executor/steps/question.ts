import type { ChatMessage, ContentPart } from "../../models/chat.ts";
import type { AttemptReport, CallContext } from "../../models/model-request.ts";
import type { PackPlace } from "../../models/pack/pack.ts";
import type { LlmDefinition, Prompt } from "../../pipeline/step.ts";
import { callAuthor } from "../author-code.ts";
import type { QuestionAt, RunContext } from "../run-context.ts";

/** The messages that a prompt comes to. */
export async function messagesOf(
  prompt: Prompt,
  { path, view }: QuestionAt,
): Promise<readonly ChatMessage[]> {
  const made =
    typeof prompt === "string"
      ? prompt
      : await callAuthor(`The prompt of step "${path}"`, path, () => prompt(view));
  return typeof made === "string" ? [{ role: "user", content: made }] : made;
}

/** The messages of an llm step: worked examples first, images with the last message of the user. */
export async function questionOf(
  step: LlmDefinition,
  messages: readonly ChatMessage[],
  at: QuestionAt,
): Promise<readonly ChatMessage[]> {
  const images = await imagesOf(step, at);
  return [...step.examples.flatMap(exampleMessages), ...withImages(messages, images)];
}

function exampleMessages({ prompt, answer }: LlmDefinition["examples"][number]): ChatMessage[] {
  const content = typeof answer === "string" ? answer : JSON.stringify(answer);
  return [
    { role: "user", content: prompt },
    { role: "assistant", content },
  ];
}

async function imagesOf({ images }: LlmDefinition, { path, view }: QuestionAt): Promise<readonly string[]> {
  return images ? callAuthor(`\`images\` of step "${path}"`, path, () => images(view)) : [];
}

function withImages(messages: readonly ChatMessage[], images: readonly string[]): readonly ChatMessage[] {
  if (images.length === 0) return messages;
  const parts = images.map((url): ContentPart => ({ type: "image_url", image_url: { url } }));
  const last = messages.findLastIndex(({ role }) => role === "user");
  if (last < 0) return [...messages, { role: "user", content: parts }];
  return messages.map((message, index) =>
    index === last && message.role === "user"
      ? { role: "user", content: [...contentParts(message.content), ...parts] }
      : message,
  );
}

function contentParts(content: string | ContentPart[]): ContentPart[] {
  return typeof content === "string" ? [{ type: "text", text: content }] : content;
}

/** Who asks for a step: the run, with the step's attempts told under its path. */
export function callOf({ runId, call, interrupt, emit }: RunContext, path: string): CallContext {
  const onAttempt = (attempt: AttemptReport) => emit({ type: "step.attempt", runId, step: path, attempt });
  const onPacked = (pack: PackPlace) => emit({ type: "step.packed", runId, step: path, pack });
  return { ...call, label: `Step "${path}"`, signal: interrupt.signal, onAttempt, onPacked };
}
