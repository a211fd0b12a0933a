import type { AnswerMessage } from "../answer-message.ts";
import type { ChatMessage } from "../chat.ts";
import type { ModelRequest } from "../model-request.ts";
import { isForced } from "../tool.ts";

const MAX_SHOWN_CHARS = 4_000;

/**
 * The conversation that shows a model its invalid answer and asks once more.
 *
 * Tool calls are told in words: servers refuse a conversation that holds calls of unknown tools, broken arguments, or
 * calls without a result.
 */
export function repairMessages<T>(
  { messages, toolChoice, answer: schema }: Pick<ModelRequest<T>, "messages" | "toolChoice" | "answer">,
  answer: AnswerMessage,
  problem: string,
): ChatMessage[] {
  const isAboutCalls = answer.toolCalls.length > 0 || (isForced(toolChoice) && toolChoice !== "none");
  const again = isAboutCalls
    ? "Call a tool that you were given, with one JSON object as its arguments, or answer the first request if that is what you are to do."
    : `Answer the first request again${schema ? " with one JSON value and nothing else" : ""}.`;
  return [
    ...messages,
    { role: "assistant", content: inWords(answer).slice(0, MAX_SHOWN_CHARS) },
    { role: "user", content: `That answer is not valid:\n${problem}\n${again}` },
  ];
}

function inWords({ text, toolCalls }: AnswerMessage): string {
  const calls = toolCalls.map(({ name, arguments: args }) => `(called the tool "${name}" with: ${args})`);
  return [...(text.trim() === "" && calls.length > 0 ? [] : [text]), ...calls].join("\n");
}
