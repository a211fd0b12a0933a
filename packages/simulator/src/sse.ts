import { type Completion, type ToolCall, usageBody, wireToolCall } from "./completion.ts";

const CHUNK_CHARACTERS = 48;

/** The comment OpenRouter sends while a stream waits. */
export const PROCESSING_COMMENT = ": OPENROUTER PROCESSING\n\n";

/** The last line of a complete stream. */
export const DONE = "data: [DONE]\n\n";

/** The chunks of a good stream that carry its text: role, text in pieces, tool calls. */
export function deltaChunks(completion: Completion): string[] {
  const text = completion.content ?? "";
  const deltas: Record<string, unknown>[] = [
    { role: "assistant", content: "", reasoning: completion.reasoning },
  ];
  for (let start = 0; start < text.length; start += CHUNK_CHARACTERS) {
    deltas.push({ content: text.slice(start, start + CHUNK_CHARACTERS) });
  }
  deltas.push(...completion.toolCalls.flatMap(toolCallDeltas));
  return deltas.map((delta) => dataLine(completion, [choice(delta, null)]));
}

/** One call: its id and name with empty arguments, then the arguments in pieces, which only bear its index. */
function toolCallDeltas(call: ToolCall, index: number): Record<string, unknown>[] {
  const deltas = [{ tool_calls: [wireToolCall({ ...call, arguments: "" }, index)] }];
  const pieces: Record<string, unknown>[] = [];
  for (let start = 0; start < call.arguments.length; start += CHUNK_CHARACTERS) {
    const piece = call.arguments.slice(start, start + CHUNK_CHARACTERS);
    pieces.push({ tool_calls: [{ index, function: { arguments: piece } }] });
  }
  return [...deltas, ...pieces];
}

/** The chunks that end a good stream: the finish, and the usage with no choice or an idle one. */
export function closingChunks(completion: Completion, { usageChoices, routerMetadata }: LastChunk): string[] {
  const idle = usageChoices === "one" ? [choice({ role: "assistant", content: "" }, null)] : [];
  const last = { usage: usageBody(completion), ...metadataField(routerMetadata) };
  return [finishChunk(completion), dataLine(completion, idle, last)];
}

interface LastChunk {
  usageChoices: "empty" | "one";
  routerMetadata: Record<string, unknown> | undefined;
}

function metadataField(routerMetadata: Record<string, unknown> | undefined): Record<string, unknown> {
  return routerMetadata === undefined ? {} : { openrouter_metadata: routerMetadata };
}

/** The chunk that breaks a stream off with an error. */
export function errorChunk(completion: Completion, style: ErrorChunkStyle): string {
  const { choices, codeAsString, routerMetadata } = style;
  const code = 503;
  const error = {
    message: `Upstream error from ${completion.provider}: Service temporarily overloaded`,
    code: codeAsString ? String(code) : code,
    metadata: { error_type: "provider_overloaded" },
  };
  if (choices === "absent") return `data: ${JSON.stringify({ id: completion.id, error })}\n\n`;
  return dataLine(completion, choices === "one" ? [choice({ content: "" }, "error")] : [], {
    error,
    ...metadataField(routerMetadata),
  });
}

interface ErrorChunkStyle {
  choices: "one" | "empty" | "absent";
  codeAsString: boolean;
  routerMetadata: Record<string, unknown> | undefined;
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
