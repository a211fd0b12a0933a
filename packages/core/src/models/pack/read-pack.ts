import { canonicalJson, isRecord, parseJson } from "../../shared/json.ts";
import { extractJson } from "../structured/extract-json.ts";

/** What a reply says of each item that was asked. */
export interface PackReading {
  /** The fields of each item that was answered once, or several times alike, as JSON; of a text step its text. */
  answers: ReadonlyMap<string, string>;
  /** Items that were given answers which differ. */
  differing: ReadonlySet<string>;
  /** Entries under an id that was not asked for, or under none. */
  foreign: number;
  /** False when the reply ends before its entries do. */
  isComplete: boolean;
}

/** What a reply is read for. */
interface Asked {
  ids: readonly string[];
  nonce: string;
  isText: boolean;
}

/**
 * Reads the reply to a request of several items. Answers belong to items by their ids and by nothing else: not by their
 * order, not by their number. Of a reply that was cut, or stands amid prose, every whole entry is taken.
 */
export function readPack(reply: string, { ids, nonce, isText }: Asked): PackReading {
  const { entries, isComplete } = entriesOf(reply);
  const wanted = new Set(ids);
  const answers = new Map<string, string>();
  const differing = new Set<string>();
  let foreign = 0;
  for (const entry of entries) {
    const { id, text } = entryOf(entry, isText);
    if (id === undefined || !wanted.has(id)) foreign += 1;
    // Whoever writes the nonce into an answer has copied a fence: the answer is not the item's own.
    else if (text === undefined || text.includes(nonce)) continue;
    else if ((answers.get(id) ?? text) !== text) differing.add(id);
    else answers.set(id, text);
  }
  for (const id of differing) answers.delete(id);
  return { answers, differing, foreign, isComplete };
}

function entryOf(entry: unknown, isText: boolean): { id?: string; text?: string } {
  if (!isRecord(entry) || typeof entry["id"] !== "string") return {};
  const { id, ...fields } = entry;
  const named = { id: entry["id"].trim() };
  if (!isText) return { ...named, text: canonicalJson(fields) };
  return typeof fields["text"] === "string" ? { ...named, text: fields["text"] } : named;
}

function entriesOf(reply: string): { entries: readonly unknown[]; isComplete: boolean } {
  const json = extractJson(reply);
  const entries = json.found ? listIn(json.value) : undefined;
  return entries ? { entries, isComplete: true } : wholeEntries(reply);
}

/** `{"items": […]}`, or the array of entries alone: talk has arrays of its own, such as `[1]`. */
function listIn(value: unknown): readonly unknown[] | undefined {
  const items = isRecord(value) ? value["items"] : value;
  return Array.isArray(items) && (isRecord(value) || items.some(isRecord)) ? items : undefined;
}

/** Where the entries begin in a text that is no JSON. */
const BEGINNINGS = [/"items"\s*:\s*\[/, /\[(?=\s*\{)/];

/** The whole objects of the array of entries in a text, which may end anywhere. */
function wholeEntries(text: string): { entries: unknown[]; isComplete: boolean } {
  const begun = BEGINNINGS.map((beginning) => beginning.exec(text)).find((found) => found !== null);
  const entries: unknown[] = [];
  if (!begun) return { entries, isComplete: false };
  let depth = 0;
  let start = 0;
  let inString = false;
  for (let at = begun.index + begun[0].length; at < text.length; at++) {
    const char = text[at];
    if (inString) {
      if (char === "\\") at++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === "{" || char === "[") {
      if (depth++ === 0) start = at;
    } else if (char === "}" || char === "]") {
      if (depth === 0) return { entries, isComplete: true };
      if (--depth === 0) entries.push(...parsed(text.slice(start, at + 1)));
    }
  }
  return { entries, isComplete: false };
}

function parsed(text: string): unknown[] {
  try {
    return [parseJson(text)];
  } catch {
    return [];
  }
}
