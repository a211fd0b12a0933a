/** One document of a packed request. */
interface PackedItem {
  id: string;
  text: string;
}

/** The parts of a user message that carries several documents. */
export interface PackedRequest {
  /** What stands before the items. */
  prefix: string;
  /** In the order in which they stand there. */
  items: PackedItem[];
  /** What stands behind the items, without the closing paragraph. */
  suffix: string;
  /** The closing paragraph, which says once more what the answer must be like. */
  contract: string;
}

/** An item with the fields of its answer, which are the same as if it had been asked alone. */
export interface AnsweredItem extends PackedItem {
  fields: Readonly<Record<string, unknown>>;
}

const OPENING = /^<<<item ([a-z0-9]{4,6}) ([\w-]{7,})\n/;
const OPENING_LINES = /^<<<item [a-z0-9]{4,6} ([\w-]{7,})$/gm;
const MAX_OPENINGS = 40;

/**
 * Takes a packed request apart; null for any other text.
 *
 * ```
 * Find the title.                 prefix, as it would stand before a document that is asked about alone
 * <document>
 * <<<item d7k2 q4vnx7me2b         id: 4 to 6 lower-case base-32 characters; nonce: a longer word, one for all items
 * Deep Water …                    text, in which anything may stand but the line that closes it
 * >>>item d7k2 q4vnx7me2b
 *
 * <<<item p3xq q4vnx7me2b
 * High Mountain …
 * >>>item p3xq q4vnx7me2b
 * </document>                     suffix, as it would stand behind the document; it may be empty
 *
 * Answer with one entry for …     contract: the last paragraph
 * ```
 *
 * The answer is `{"items": [{"id", …fields}, …]}`, or `{"id", "text"}` for each where plain text is wanted. A fence
 * stands on lines of its own: beside a prefix that ends, or a suffix that begins, with a blank in the middle of a line,
 * the line break belongs to the fence.
 */
export function unpack(message: string): PackedRequest | null {
  for (const { index, 1: nonce = "" } of [...message.matchAll(OPENING_LINES)].slice(0, MAX_OPENINGS)) {
    const { items, rest } = takeItems(message.slice(index), nonce);
    if (items.length > 0) return { prefix: prefixOf(message.slice(0, index)), items, ...tailOf(rest) };
  }
  return null;
}

/** A text without the items it carries: what stands inside them is data. */
export function withoutItems(text: string): string {
  const packed = unpack(text);
  return packed === null ? text : `${packed.prefix}\n${packed.suffix}\n\n${packed.contract}`;
}

/** The items at the beginning of a text, and what is left behind the last of them. */
function takeItems(text: string, nonce: string): { items: PackedItem[]; rest: string } {
  const items: PackedItem[] = [];
  let rest = text;
  for (;;) {
    const taken = takeItem(rest.trimStart(), nonce);
    if (taken === null) return { items, rest };
    items.push(taken.item);
    rest = taken.rest;
  }
}

function takeItem(text: string, nonce: string): { item: PackedItem; rest: string } | null {
  const [line, id, ownNonce] = OPENING.exec(text) ?? [];
  if (line === undefined || id === undefined || ownNonce !== nonce) return null;
  // Begins with the line break of the opening line, so that an item without any text is closed as well.
  const body = text.slice(line.length - 1);
  const closing = `\n>>>item ${id} ${nonce}`;
  const end = body.search(new RegExp(`${closing}(?=\\n|$)`));
  if (end === -1) return null;
  return { item: { id, text: body.slice(1, end) }, rest: body.slice(end + closing.length) };
}

function prefixOf(text: string): string {
  return /[ \t]\n$/.test(text) ? text.slice(0, -1) : text;
}

function tailOf(text: string): { suffix: string; contract: string } {
  const at = Math.max(0, text.trimEnd().lastIndexOf("\n\n"));
  const suffix = text.slice(0, at);
  return { suffix: /^\n[ \t]/.test(suffix) ? suffix.slice(1) : suffix, contract: text.slice(at).trim() };
}
