import type { ChatRequest } from "../chat-request.ts";
import type { ToolCall } from "../completion.ts";
import type { AnsweredItem } from "../packs/packed-request.ts";
import { answerItems, packedContent } from "./answer-items.ts";
import { answerOne } from "./answer-one.ts";
import { findSchema } from "./find-schema.ts";
import { packedQuestion } from "./packed-question.ts";
import { Reading } from "./reading.ts";
import { readSource } from "./source.ts";
import { planCalls } from "./tools.ts";

/** What the engine is told besides the request. */
export interface ComposeOptions {
  /** Act as if `response_format` had not been sent. */
  ignoresFormat: boolean;
  /** Call a tool whatever the request says, as long as it offers one. Default false. */
  insistsOnTools?: boolean;
  /** Makes the ids of tool calls. */
  callId: string;
}

/** What the engine says. */
export interface ComposedReply {
  content: string | null;
  toolCalls: ToolCall[];
  /** The items of a packed request with their answers, in order; `content` holds them as JSON. */
  items?: AnsweredItem[];
}

/**
 * Makes the answer to a request from its own text: tool calls, JSON that follows the schema, or a few sentences.
 * The same request always gives the same answer.
 */
export async function composeReply(
  request: ChatRequest,
  { ignoresFormat, insistsOnTools = false, callId }: ComposeOptions,
): Promise<ComposedReply> {
  const reading = new Reading(readSource(request.messages));
  const calls = await planCalls(request, reading, insistsOnTools);
  if (calls.length > 0) {
    const idOf = (index: number) => (index === 0 ? `call_${callId}` : `call_${callId}-${index + 1}`);
    return { content: null, toolCalls: calls.map((call, index) => ({ id: idOf(index), ...call })) };
  }
  const schema = findSchema(request, ignoresFormat);
  const question = packedQuestion(request, schema);
  if (question === null) return { content: await answerOne(reading, schema), toolCalls: [] };
  const items = await answerItems(question);
  const content = packedContent(items.map(({ id, fields }) => ({ id, ...fields })));
  return { content, toolCalls: [], items };
}
