import { type ChatRequest, messageText } from "../chat-request.ts";
import { withoutItems } from "../packs/packed-request.ts";
import { asObject, type JsonSchema } from "./schema.ts";

const JSON_TYPES: ReadonlySet<unknown> = new Set([
  "object",
  "array",
  "string",
  "number",
  "integer",
  "boolean",
  "null",
]);
const MAX_STARTS = 40;

/** The schema an answer must follow: from `response_format`, else from the text of a message. */
export function findSchema(request: ChatRequest, ignoresFormat: boolean): JsonSchema | null {
  const format = ignoresFormat ? undefined : request.response_format;
  const declared = format?.json_schema?.schema;
  if (declared !== undefined) return declared;
  for (const { role, content } of request.messages) {
    if (role === "assistant" || role === "tool") continue;
    const found = findSchemaInText(withoutItems(messageText({ role, content })));
    if (found !== null) return found.schema;
  }
  return format?.type === "json_object"
    ? { type: "object", properties: { answer: { type: "string" } } }
    : null;
}

/** A JSON schema written in a text, with the stretch it covers. */
export function findSchemaInText(text: string): { schema: JsonSchema; start: number; end: number } | null {
  const fence = /```(?:json)?\s*(?=\{)/i.exec(text);
  const word = /schema/i.exec(text);
  const starts = [fence, word].flatMap((match) => (match === null ? [] : [match.index]));
  for (const from of starts) {
    const found = firstSchemaFrom(text, from);
    if (found !== null) return found;
  }
  return null;
}

function firstSchemaFrom(
  text: string,
  from: number,
): { schema: JsonSchema; start: number; end: number } | null {
  let start = text.indexOf("{", from);
  for (let tries = 0; start !== -1 && tries < MAX_STARTS; tries++) {
    const end = balancedEnd(text, start);
    const schema = end === -1 ? undefined : asObject(parse(text.slice(start, end)));
    if (schema !== undefined && isSchema(schema)) return { schema, start, end };
    start = text.indexOf("{", start + 1);
  }
  return null;
}

/** Tells a schema from other JSON, such as a document that happens to be JSON. */
function isSchema(value: JsonSchema): boolean {
  const { type, properties, anyOf, oneOf, allOf, $ref } = value;
  const isComposed = [anyOf, oneOf, allOf].some(Array.isArray);
  return JSON_TYPES.has(type) || asObject(properties) !== undefined || isComposed || typeof $ref === "string";
}

/** Index behind the brace that closes the one at `start`, or -1. */
function balancedEnd(text: string, start: number): number {
  let depth = 0;
  let quoted = false;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (quoted && character === "\\") at++;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && character === "{") depth++;
    else if (!quoted && character === "}" && --depth === 0) return at + 1;
  }
  return -1;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
