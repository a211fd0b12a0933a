import type { ChatRequest } from "../chat-request.ts";
import type { ToolCall } from "../completion.ts";
import { fillSchema } from "./fill.ts";
import { findSchema } from "./find-schema.ts";
import { Reading } from "./reading.ts";
import { closestSentence, summarize } from "./sentences.ts";
import { readSource } from "./source.ts";
import { planCalls } from "./tools.ts";
import { meaningfulStems } from "./words.ts";

/** What the engine is told besides the request. */
export interface ComposeOptions {
  /** Act as if `response_format` had not been sent. */
  ignoresFormat: boolean;
  /** Call a tool whatever the request says, as long as it offers one. Default false. */
  insistsOnTools?: boolean;
  /** Makes the ids of tool calls. */
  callId: string;
}

const PLAIN_ANSWER_CHARACTERS = 600;

/**
 * Makes the answer to a request from its own text: tool calls, JSON that follows the schema, or a few sentences.
 * The same request always gives the same answer.
 */
export async function composeReply(
  request: ChatRequest,
  { ignoresFormat, insistsOnTools = false, callId }: ComposeOptions,
): Promise<{ content: string | null; toolCalls: ToolCall[] }> {
  const reading = new Reading(readSource(request.messages));
  const calls = await planCalls(request, reading, insistsOnTools);
  if (calls.length > 0) {
    const idOf = (index: number) => (index === 0 ? `call_${callId}` : `call_${callId}-${index + 1}`);
    return { content: null, toolCalls: calls.map((call, index) => ({ id: idOf(index), ...call })) };
  }
  const schema = findSchema(request, ignoresFormat);
  const content = schema === null ? plainAnswer(reading) : JSON.stringify(await fillSchema(schema, reading));
  return { content, toolCalls: [] };
}

/**
 * The sentence nearest to the question, with the two that carry most of the document. Who wants a translation gets the
 * text as it stands: no word of it is translated, but no sentence is missing either.
 */
function plainAnswer(reading: Reading): string {
  const { sentences, question, text } = reading;
  if (/\btranslate\b/i.test(question)) return text;
  const answer = closestSentence(sentences, new Set(meaningfulStems(question)));
  const summary = summarize(sentences, PLAIN_ANSWER_CHARACTERS);
  if (answer === undefined || summary.includes(answer)) return summary || "There is no text to answer from.";
  return `${answer} ${summary}`.slice(0, PLAIN_ANSWER_CHARACTERS * 2);
}
