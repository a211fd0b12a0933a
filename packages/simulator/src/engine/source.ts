import { type ChatMessage, messageText } from "../chat-request.ts";
import { toolCallsOf } from "../tool-messages.ts";
import { findSchemaInText } from "./find-schema.ts";

/** The part of a conversation that the answer is made from. */
export interface Source {
  /** The document, without instructions and schema. */
  text: string;
  /** What was asked, as far as it can be told from the document. */
  question: string;
  /** Marked parts of the document with their ids, for requests that carry several items. */
  sections: readonly Section[];
}

/** One marked part. */
export interface Section {
  id: string;
  text: string;
}

const MAX_CHARACTERS = 60_000;
const LONGEST_INSTRUCTION = 800;
const ALIKE_CHARACTERS = 8;

const REPAIR = /\b(json|schema|invalid|valid|validation|error|expected|repair|correct)\b/i;
const INSTRUCTION =
  /\b(extract|summari[sz]e|classify|translate|identify|analy[sz]e|describe|determine|answer|read|return|reply|respond|give|find|list|tell|label|following|below|json|schema)\b/i;
const TAG = /<([a-z][\w:-]*)((?:\s[^<>]*)?)>([\s\S]*?)<\/\1>/gi;
const DOCUMENT_TAG = /doc|item|text|input|source|content|data|article|page|entry|record/i;
/** A line of dashes on its own; under a line of text it would be a heading. */
const RULE = /(?<=^|\n[ \t]*\n)[ \t]*-{3,}[ \t]*(?:\n|$)/;
const MARKER = /^[ \t]*(?:[<[{=#~*-]{2,})[ \t]*([^\n]*?\w[^\n]*?)[ \t]*(?:[>\]}=#~*-]{2,})[ \t]*$/gm;

/** Finds the document in a conversation, also when a repair turn follows the first question. */
export function readSource(messages: readonly ChatMessage[]): Source {
  const plain = withoutSchema(messageText(documentMessage(messages))).slice(0, MAX_CHARACTERS);
  const source = taggedSource(plain) ?? markedSource(plain) ?? fencedSource(plain) ?? looseSource(plain);
  const results = messages.filter(({ role }) => role === "tool").map(messageText);
  return results.length === 0 ? source : { ...source, text: `${results.join("\n\n")}\n\n${source.text}` };
}

/** The message that carries the document: the last of the user's that is no repair turn. */
export function documentMessage(messages: readonly ChatMessage[]): ChatMessage {
  const last = messages.findLastIndex(({ role }) => role === "user");
  if (isRepairTurn(messages)) return documentMessage(messages.slice(0, last));
  return messages[last] ?? messages.at(-1) ?? { role: "user", content: "" };
}

/** True when the last user message only asks to put an earlier answer right, and is not a question like the first. */
export function isRepairTurn(messages: readonly ChatMessage[]): boolean {
  const users = messages.filter(({ role }) => role === "user");
  const [first, last] = [users[0], users.at(-1)];
  const answered = messages.some(
    (message) =>
      message.role === "assistant" && (Boolean(message.content) || toolCallsOf(message).length > 0),
  );
  if (users.length < 2 || first === undefined || last === undefined || !answered) return false;
  return REPAIR.test(messageText(last)) && !beginAlike(messageText(first), messageText(last));
}

/** Questions of one kind do: worked examples and the question behind them. */
function beginAlike(first: string, last: string): boolean {
  return first.slice(0, ALIKE_CHARACTERS) === last.slice(0, ALIKE_CHARACTERS);
}

function withoutSchema(text: string): string {
  const found = findSchemaInText(text);
  if (found === null) return text;
  const before = text.slice(0, found.start).replace(/```(?:json)?\s*$/i, "");
  return `${before}\n${text.slice(found.end).replace(/^\s*```/, "")}`;
}

function taggedSource(text: string): Source | null {
  const tags = [...text.matchAll(TAG)].filter(([, name = ""]) => DOCUMENT_TAG.test(name));
  const [first] = tags;
  if (first === undefined) return null;
  const sections = tags.flatMap(([, , attributes = "", inside = ""]) => {
    const [, id] = /\b(?:id|name|key|ref)\s*=\s*["']?([^"'\s>]+)/i.exec(attributes) ?? [];
    return id === undefined ? [] : [{ id, text: inside.trim() }];
  });
  const inside = tags.map(([, , , part = ""]) => part.trim()).join("\n\n");
  return { text: inside, question: text.slice(0, first.index).trim(), sections };
}

/** Parts that begin with a line such as `=== a1b2 ===` and end with the next such line. */
function markedSource(text: string): Source | null {
  const markers = [...text.matchAll(MARKER)];
  const sections = markers.flatMap((marker, index) => {
    const label = marker[1] ?? "";
    if (/\bend\b|^\//i.test(label)) return [];
    const id =
      label
        .split(/[\s:="']+/)
        .filter((word) => /\w/.test(word))
        .at(-1) ?? label;
    const start = marker.index + marker[0].length;
    return [{ id, text: text.slice(start, markers[index + 1]?.index).trim() }];
  });
  const [first] = markers;
  if (sections.length < 2 || first === undefined || first.index > LONGEST_INSTRUCTION * 4) return null;
  return {
    text: sections.map((section) => section.text).join("\n\n"),
    question: text.slice(0, first.index).trim(),
    sections,
  };
}

function fencedSource(text: string): Source | null {
  const [whole, inside] = /```\w*\n([\s\S]+?)\n```/.exec(text) ?? [];
  if (whole !== undefined && inside !== undefined && inside.length > text.length / 3) {
    return { text: inside.trim(), question: text.replace(whole, "").trim(), sections: [] };
  }
  const [before = "", ...parts] = text.split(RULE);
  if (parts.length === 0 || before.length > LONGEST_INSTRUCTION || !INSTRUCTION.test(before)) return null;
  const last = parts.at(-1) ?? "";
  const body = parts.length > 1 && last.length < LONGEST_INSTRUCTION ? parts.slice(0, -1) : parts;
  return { text: body.join("\n\n").trim(), question: before.trim(), sections: [] };
}

/** No marks at all: leading and trailing paragraphs that give orders are not part of the document. */
function looseSource(text: string): Source {
  const paragraphs = text.split(/\n\s*\n/).filter((paragraph) => paragraph.trim() !== "");
  const isOrder = (paragraph: string) =>
    paragraph.length < LONGEST_INSTRUCTION && INSTRUCTION.test(paragraph);
  let start = 0;
  while (start < 3 && start < paragraphs.length - 1 && isOrder(paragraphs[start] ?? "")) start++;
  let end = paragraphs.length;
  while (
    end > start + 1 &&
    /\b(json|schema)\b/i.test(paragraphs[end - 1] ?? "") &&
    isOrder(paragraphs[end - 1] ?? "")
  )
    end--;
  return {
    text: paragraphs.slice(start, end).join("\n\n").trim(),
    question: paragraphs.slice(0, start).join("\n").trim(),
    sections: [],
  };
}
