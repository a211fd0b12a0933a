import type { CatalogueModel } from "./catalogue.ts";
import type { ChatRequest } from "./chat-request.ts";
import { type Completion, estimateTokens, type ToolCall, textOfTokens } from "./completion.ts";

/** Output tokens that an answer may have, at least one: the lesser of what the request and the model's provider allow. */
export function outputLimit({ top_provider: provider }: CatalogueModel, request: ChatRequest): number {
  const asked = request.max_tokens ?? request.max_completion_tokens ?? Number.POSITIVE_INFINITY;
  return Math.max(1, Math.min(asked, provider.max_completion_tokens ?? Number.POSITIVE_INFINITY));
}

/** What is said within so many tokens: all of it, or its beginning with the finish `length`. */
export function sayWithin(
  limit: number,
  { content, toolCalls }: Pick<Completion, "content" | "toolCalls">,
): Pick<Completion, "content" | "toolCalls" | "finishReason" | "completionTokens"> {
  const tokens = estimateTokens((content ?? "") + argumentsOf(toolCalls));
  if (tokens <= limit) {
    const finishReason = toolCalls.length > 0 ? "tool_calls" : "stop";
    return { content, toolCalls, finishReason, completionTokens: tokens };
  }
  return {
    content: content === null ? null : textOfTokens(content, limit),
    toolCalls: beginning(toolCalls, limit),
    finishReason: "length",
    completionTokens: Math.floor(limit),
  };
}

/** The calls that were begun, the last of them with as much of its arguments as there was room for. */
function beginning(calls: readonly ToolCall[], limit: number): ToolCall[] {
  let said = textOfTokens(argumentsOf(calls), limit);
  const begun: ToolCall[] = [];
  for (const call of calls) {
    if (said === "") break;
    begun.push({ ...call, arguments: said.slice(0, call.arguments.length) });
    said = said.slice(call.arguments.length);
  }
  return begun;
}

function argumentsOf(calls: readonly ToolCall[]): string {
  return calls.map((call) => call.arguments).join("");
}
