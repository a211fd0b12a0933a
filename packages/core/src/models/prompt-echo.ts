import { hidePieces } from "../shared/hide-pieces.ts";
import { type ChatMessage, textOf } from "./chat.ts";
import type { Failure } from "./classify-error.ts";

/** What a server quotes of a prompt is hidden from this length on; shorter pieces are words that anybody uses. */
const PIECE_CHARS = 24;

/** The failure without what the server's words quote of the prompt: they are stored, and printed in logs. */
export function withoutPrompt<F extends Failure>(failure: F, messages: readonly ChatMessage[]): F {
  const { detail } = failure;
  if (detail.length < PIECE_CHARS) return failure;
  const text = messages.map(textOf).join("\n");
  // Servers quote the request as they got it, in JSON, too.
  const prompt = `${text}\n${JSON.stringify(text).slice(1, -1)}`.replace(/\s+/g, " ");
  const hidden = { length: PIECE_CHARS, has: (piece: string) => prompt.includes(piece), mark: "[prompt]" };
  return { ...failure, detail: hidePieces(detail, hidden) };
}
