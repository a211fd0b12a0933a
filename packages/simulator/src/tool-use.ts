import type { ChatMessage, ChatRequest } from "./chat-request.ts";
import { toolCallsOf } from "./tool-messages.ts";

/** What a provider finds wrong with the tools of a request and the calls among its messages, or null. */
export function wrongToolUse(request: ChatRequest): string | null {
  return wrongChoice(request) ?? wrongConversation(request.messages);
}

function wrongChoice({ tools = [], tool_choice: choice }: ChatRequest): string | null {
  const wanted = typeof choice === "object" ? choice.function?.name : undefined;
  if (wanted === undefined || tools.some((tool) => tool.function?.name === wanted)) return null;
  return `tool_choice names ${wanted}, which is not among the tools`;
}

/** Each call is answered by one tool message before anything else is said, and nothing else is answered. */
function wrongConversation(messages: readonly ChatMessage[]): string | null {
  const open = new Set<string>();
  for (const message of messages) {
    if (message.role === "tool") {
      const id = String(message["tool_call_id"] ?? "");
      if (!open.delete(id)) return `the tool message with tool_call_id "${id}" follows no such tool call`;
      continue;
    }
    const [unanswered] = open;
    if (unanswered !== undefined) return `the tool call ${unanswered} has no tool message behind it`;
    for (const { id } of toolCallsOf(message)) open.add(id);
  }
  const [unanswered] = open;
  return unanswered === undefined ? null : `the tool call ${unanswered} has no tool message behind it`;
}
