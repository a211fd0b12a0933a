import { hidePieces } from "../../shared/hide-pieces.ts";

/** Takes every trace of a key out of a text. */
export type HideKey = (text: string) => string;

/** Fewer characters of a key are no secret; a key of fewer is none either, as in `local`. */
const PIECE_CHARS = 16;

/** Any piece has a block in it that begins at a multiple of this, wherever the piece stands. */
const BLOCK_CHARS = PIECE_CHARS / 2;

/**
 * What a server may send back of the key that it was sent, in an error text or a header, is no part of a reply: it would
 * be stored with the run that failed, and printed.
 *
 * Pieces of 16 characters are hidden, as they are and in base64, hex and the form they have in a URL.
 */
export function keyHider(apiKey: string): HideKey {
  if (apiKey.length < PIECE_CHARS) return (text) => text;
  const forms = formsOf(apiKey);
  const pieces = new Set(forms.flatMap((form) => piecesOf(form, PIECE_CHARS)));
  const blocks = new Set(forms.flatMap((form) => piecesOf(form, BLOCK_CHARS)));
  const hidden = { length: PIECE_CHARS, has: (piece: string) => pieces.has(piece), mark: "[key]" };
  return (text) => (holdsBlock(text, blocks) ? hidePieces(text, hidden) : text);
}

/** Nearly every reply is done with after this look, which is short also for a large one. */
function holdsBlock(text: string, blocks: ReadonlySet<string>): boolean {
  for (let at = 0; at + BLOCK_CHARS <= text.length; at += BLOCK_CHARS) {
    if (blocks.has(text.slice(at, at + BLOCK_CHARS))) return true;
  }
  return false;
}

function formsOf(key: string): string[] {
  const bytes = Buffer.from(key);
  const base64 = [0, 1, 2].map((before) => base64Within(bytes, before));
  const base64url = base64.map((form) => form.replaceAll("+", "-").replaceAll("/", "_"));
  const hex = bytes.toString("hex");
  return [key, encodeURIComponent(key), ...base64, ...base64url, hex, hex.toUpperCase()];
}

/**
 * What bytes look like inside a longer text in base64, by how many bytes of a group of three stand before them. Of the
 * characters that depend on their neighbours there is nothing.
 */
function base64Within(bytes: Buffer, before: number): string {
  const text = Buffer.concat([Buffer.alloc(before), bytes])
    .toString("base64")
    .replace(/=+$/, "");
  const isWhole = (before + bytes.length) % 3 === 0;
  return text.slice(before === 0 ? 0 : 4, isWhole ? undefined : -1);
}

function piecesOf(form: string, length: number): string[] {
  const count = Math.max(0, form.length - length + 1);
  return Array.from({ length: count }, (_, at) => form.slice(at, at + length));
}

/** The headers of a reply without the key. */
export function headersWithoutKey(headers: Headers, hide: HideKey): Headers {
  return new Headers([...headers].map(([name, value]) => [name, hide(value)]));
}

/** A line longer than this is looked at in parts. */
const MAX_LINE_CHARS = 64 * 1024;

/** A stream of lines without the key; each line is passed on when it is whole. */
export async function* linesWithoutKey(
  pieces: AsyncIterable<Uint8Array>,
  hide: HideKey,
): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  let rest = "";
  for await (const piece of pieces) {
    rest += decoder.decode(piece, { stream: true });
    const end = rest.length > MAX_LINE_CHARS ? rest.length : rest.lastIndexOf("\n") + 1;
    if (end === 0) continue;
    yield encoder.encode(hide(rest.slice(0, end)));
    rest = rest.slice(end);
  }
  rest += decoder.decode();
  if (rest !== "") yield encoder.encode(hide(rest));
}
