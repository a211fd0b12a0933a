import { isTooDeep, MAX_JSON_DEPTH } from "./json-depth.ts";

/** Any value that JSON can carry without loss. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

const FORBIDDEN_KEYS = new Set(["__proto__", "constructor", "prototype"]);

/** What a text must hold that has one of these keys: itself, or an escape that could spell it. */
const SUSPICIOUS = /"(?:__proto__|constructor|prototype)"|\\u/;

/**
 * Parses JSON that came from outside and drops the keys that can reach an object's prototype.
 *
 * @throws SyntaxError when the text is not JSON, or nested deeper than 500 levels.
 */
export function parseJson(text: string): unknown {
  if (isTooDeep(text)) throw new SyntaxError(`The JSON is nested deeper than ${MAX_JSON_DEPTH} levels.`);
  // To look at each key takes ten times as long as to parse, and most texts have none of these.
  if (!SUSPICIOUS.test(text)) return JSON.parse(text);
  return JSON.parse(text, (key, value: unknown) => (FORBIDDEN_KEYS.has(key) ? undefined : value));
}

/** JSON with object keys in sorted order and `undefined` left out: equal values give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    isRecord(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : inner,
  );
}

/** True for a plain object (not null, not an array). */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
