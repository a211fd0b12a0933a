import { z } from "zod";
import { randomId } from "../shared/ids.ts";
import type { ChatMessage, ChatReply } from "./chat.ts";
import { type ToolCall, toolCallSchema } from "./tool.ts";

/** What a model said: text, tool calls, or both. */
export interface AnswerMessage {
  text: string;
  toolCalls: readonly ToolCall[];
}

/** An answer as it is stored; one that was stored before there were tools has no calls. */
export const answerMessageSchema = z.object({
  text: z.string(),
  toolCalls: z.array(toolCallSchema).default([]),
});

/** The answer in a reply. Calls without an id, or with one that is taken, get one of their own. */
export function answerIn(reply: ChatReply): AnswerMessage {
  const { content, tool_calls: calls } = reply.choices?.[0]?.message ?? {};
  const taken = new Set<string>();
  const toolCalls = (calls ?? []).map(({ id, function: called }) => {
    const callId = id && !taken.has(id) ? id : randomId(9);
    taken.add(callId);
    return { id: callId, name: called?.name ?? "", arguments: argumentsText(called?.arguments) };
  });
  return { text: content ?? "", toolCalls };
}

/** Weak models send nothing for a tool without parameters, and some servers send an object in place of its text. */
function argumentsText(value: unknown): string {
  if (value === undefined || value === null) return "{}";
  if (typeof value !== "string") return JSON.stringify(value);
  return value.trim() === "" ? "{}" : value;
}

/** An answer as it stands in the conversation that goes on. */
export function assistantMessage({ text, toolCalls }: AnswerMessage): ChatMessage {
  const calls = toolCalls.map(({ id, name, arguments: args }) => ({
    id,
    type: "function" as const,
    function: { name, arguments: args },
  }));
  return { role: "assistant", content: text, ...(calls.length > 0 && { tool_calls: calls }) };
}
