import { parseChatRequest } from "../chat-request.ts";
import { findSchema } from "../engine/find-schema.ts";
import { packedQuestion } from "../engine/packed-question.ts";
import type { JournalEntry } from "../journal.ts";

/**
 * Ids of the items that a journaled request carried, in order. Empty when the request was not packed, or when its body
 * was not kept.
 */
export function packedItemIds({ body }: Pick<JournalEntry, "body">): string[] {
  const request = parseChatRequest(body);
  if (typeof request === "string") return [];
  const question = packedQuestion(request, findSchema(request, false));
  return question?.packed.items.map(({ id }) => id) ?? [];
}
