import type { OpenAIClient } from "@langchain/openai";
import { systemClock } from "../../shared/clock.ts";
import { randomId } from "../../shared/ids.ts";
import type { AnswerMessage } from "../answer-message.ts";
import { assistantMessage } from "../answer-message.ts";
import { callsOf } from "../chat.ts";
import type { ModelAnswer } from "../model-request.ts";

type Completion = OpenAIClient.Chat.ChatCompletion;
type Chunk = OpenAIClient.Chat.ChatCompletionChunk;

/**
 * An answer of the layer as the chat completion that LangChain waits for.
 *
 * The id is new each time, also for an answer of the cache: LangGraph takes two messages of one id for the same one
 * and drops the older.
 */
export function completionOf({ value, model, usage }: ModelAnswer<AnswerMessage>): Completion {
  const calls = callsOf(assistantMessage(value));
  const message: Completion["choices"][number]["message"] = {
    role: "assistant",
    content: value.text,
    refusal: null,
  };
  if (calls.length > 0) message.tool_calls = [...calls];
  return {
    id: `sluice-${randomId(16)}`,
    object: "chat.completion",
    created: Math.floor(systemClock.now() / 1_000),
    model,
    choices: [{ index: 0, finish_reason: calls.length > 0 ? "tool_calls" : "stop", logprobs: null, message }],
    usage: {
      prompt_tokens: usage.promptTokens,
      completion_tokens: usage.completionTokens,
      total_tokens: usage.promptTokens + usage.completionTokens,
    },
  };
}

/** The same completion as a stream. The usage comes in a chunk without a choice, else LangChain counts it twice. */
export async function* chunksOf(completion: Completion): AsyncGenerator<Chunk> {
  const { id, created, model, choices, usage } = completion;
  const head = { id, created, model, object: "chat.completion.chunk" as const };
  for (const { index, message, finish_reason } of choices) {
    const calls = message.tool_calls?.map((call, position) => ({ ...call, index: position })) ?? [];
    const functions = calls.filter((call) => call.type === "function");
    const delta: Chunk["choices"][number]["delta"] = { role: "assistant", content: message.content };
    if (functions.length > 0) delta.tool_calls = functions;
    yield { ...head, choices: [{ index, delta, finish_reason: null }] };
    yield { ...head, choices: [{ index, delta: {}, finish_reason }] };
  }
  if (usage) yield { ...head, choices: [], usage };
}
