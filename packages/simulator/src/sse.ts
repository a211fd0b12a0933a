import { type Completion, usageBody, wireToolCall } from "./completion.ts";

const CHUNK_CHARACTERS = 48;

/** The comment OpenRouter sends while a stream waits. */
export const PROCESSING_COMMENT = ": OPENROUTER PROCESSING\n\n";

/** The last line of a complete stream. */
export const DONE = "data: [DONE]\n\n";

/** All chunks of a good stream: role, text in pieces, tool calls, finish, and usage with empty choices. */
export function streamChunks(completion: Completion): string[] {
  const text = completion.content ?? "";
  const deltas: Record<string, unknown>[] = [
    { role: "assistant", content: "", reasoning: completion.reasoning },
  ];
  for (let start = 0; start < text.length; start += CHUNK_CHARACTERS) {
    deltas.push({ content: text.slice(start, start + CHUNK_CHARACTERS) });
  }
  if (completion.toolCalls.length > 0) deltas.push({ tool_calls: completion.toolCalls.map(wireToolCall) });
  return [
    ...deltas.map((delta) => dataLine(completion, [choice(delta, null)])),
    finishChunk(completion),
    dataLine(completion, [], { usage: usageBody(completion) }),
  ];
}

/** The chunk that breaks a stream off with an error. */
export function errorChunk(completion: Completion): string {
  const error = {
    message: `Upstream error from ${completion.provider}: Service temporarily overloaded`,
    code: 503,
    metadata: { error_type: "provider_overloaded" },
  };
  return dataLine(completion, [choice({ content: "" }, "error")], { error });
}

function finishChunk(completion: Completion): string {
  const { error, finishReason } = completion;
  return dataLine(completion, [choice({ content: "" }, finishReason)], error === undefined ? {} : { error });
}

function choice(delta: Record<string, unknown>, finishReason: string | null): Record<string, unknown> {
  return {
    index: 0,
    delta,
    finish_reason: finishReason,
    native_finish_reason: finishReason,
    logprobs: null,
  };
}

function dataLine(
  completion: Completion,
  choices: ReadonlyArray<Record<string, unknown>>,
  extra: Record<string, unknown> = {},
): string {
  const { id, provider, model, created } = completion;
  const chunk = { id, provider, model, object: "chat.completion.chunk", created, choices, ...extra };
  return `data: ${JSON.stringify(chunk)}\n\n`;
}
