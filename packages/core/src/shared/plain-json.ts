import { MAX_JSON_DEPTH } from "./json-depth.ts";
import { pathText } from "./problems.ts";

/** A value as JSON text, or the path of the first part that JSON would lose or change, and what stands there. */
export type PlainJson = { ok: true; text: string } | { ok: false; path: string; found: string };

/**
 * Writes a value as JSON when that loses nothing: objects, arrays, strings, finite numbers, booleans and null. A field of
 * `undefined` is left out, as JSON does; `undefined` elsewhere becomes null.
 */
export function plainJson(value: unknown): PlainJson {
  const path: PropertyKey[] = [];
  const found = findForeign(value, path, 0);
  return found === null
    ? { ok: true, text: JSON.stringify(value) ?? "null" }
    : { ok: false, path: pathText(path), found };
}

/** What stands at the first part that is not plain, with `path` left pointing there; null when all is. */
function findForeign(value: unknown, path: PropertyKey[], depth: number): string | null {
  if (typeof value === "number") return Number.isFinite(value) ? null : String(value);
  if (typeof value === "bigint" || typeof value === "function" || typeof value === "symbol")
    return typeof value;
  if (typeof value !== "object" || value === null) return null;
  // A value that holds itself ends here.
  if (depth > MAX_JSON_DEPTH) return "a value that holds itself, or is nested too deep";
  if (Array.isArray(value)) return findInArray(value, path, depth);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value.constructor.name;
  for (const [key, inner] of Object.entries(value)) {
    path.push(key);
    const found = findForeign(inner, path, depth + 1);
    if (found !== null) return found;
    path.pop();
  }
  return null;
}

function findInArray(values: readonly unknown[], path: PropertyKey[], depth: number): string | null {
  for (let index = 0; index < values.length; index++) {
    path.push(index);
    const found = findForeign(values[index], path, depth + 1);
    if (found !== null) return found;
    path.pop();
  }
  return null;
}
