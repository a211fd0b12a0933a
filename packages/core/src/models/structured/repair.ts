import type { ChatMessage } from "../chat.ts";

const MAX_SHOWN_CHARS = 4_000;

/** The conversation that shows a model its invalid answer and asks once more. */
export function repairMessages(
  messages: readonly ChatMessage[],
  answer: string,
  problem: string,
): ChatMessage[] {
  return [
    ...messages,
    { role: "assistant", content: answer.slice(0, MAX_SHOWN_CHARS) },
    {
      role: "user",
      content: `That answer is not valid:\n${problem}\nAnswer the first request again with one JSON value and nothing else.`,
    },
  ];
}
