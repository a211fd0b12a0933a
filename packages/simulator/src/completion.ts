/** One function call in an answer. */
export interface ToolCall {
  id: string;
  name: string;
  /** JSON text. */
  arguments: string;
}

/** An answer before it is put on the wire. */
export interface Completion {
  id: string;
  /** Unix seconds. */
  created: number;
  /** The model name as answers give it. */
  model: string;
  provider: string;
  content: string | null;
  reasoning: string | null;
  toolCalls: ToolCall[];
  finishReason: "stop" | "length" | "tool_calls" | "error";
  promptTokens: number;
  completionTokens: number;
  reasoningTokens: number;
  /** USD. */
  cost: number;
  /** True when a billed server tool (web search) ran beside the answer. */
  usedServerTool: boolean;
  /** The error of a choice that broke off. */
  error?: { code: number; message: string; metadata: Record<string, unknown> };
}

/** Rough token count that the simulator uses everywhere: four characters are a token. */
export function estimateTokens(text: string): number {
  return Math.ceil(text.length / 4);
}

/** The first so many tokens of a text. */
export function textOfTokens(text: string, tokens: number): string {
  return text.slice(0, tokens * 4);
}

/** The JSON body of an answer that is not streamed. */
export function completionBody(
  completion: Completion,
  routerMetadata?: Record<string, unknown>,
): Record<string, unknown> {
  const { content, reasoning, toolCalls, finishReason, error } = completion;
  return {
    id: completion.id,
    object: "chat.completion",
    created: completion.created,
    model: completion.model,
    provider: completion.provider,
    system_fingerprint: null,
    service_tier: null,
    choices: [
      {
        index: 0,
        logprobs: null,
        finish_reason: finishReason,
        native_finish_reason: finishReason,
        message: {
          role: "assistant",
          content,
          refusal: null,
          reasoning,
          ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls.map(wireToolCall) }),
        },
        ...(error === undefined ? {} : { error }),
      },
    ],
    usage: usageBody(completion),
    ...(routerMetadata === undefined ? {} : { openrouter_metadata: routerMetadata }),
  };
}

/** The `usage` object of an answer or of the last chunk of a stream. */
export function usageBody(completion: Completion): Record<string, unknown> {
  const { promptTokens, completionTokens, reasoningTokens, cost, usedServerTool } = completion;
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    cost,
    is_byok: false,
    prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 0, audio_tokens: 0, video_tokens: 0 },
    cost_details: {
      upstream_inference_cost: null,
      upstream_inference_prompt_cost: 0,
      upstream_inference_completions_cost: cost,
    },
    completion_tokens_details: { reasoning_tokens: reasoningTokens },
    ...(usedServerTool
      ? {
          server_tool_use_details: {
            tool_calls_requested: 1,
            tool_calls_executed: 1,
            web_search_requests: 1,
          },
        }
      : {}),
  };
}

/** A tool call in the shape of the wire. */
export function wireToolCall(call: ToolCall, index: number): Record<string, unknown> {
  return { id: call.id, type: "function", index, function: { name: call.name, arguments: call.arguments } };
}
