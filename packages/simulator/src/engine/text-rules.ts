import { FORMATS } from "./formats.ts";
import { matchPattern } from "./patterns.ts";
import { type JsonSchema, numberOf, textOf } from "./schema.ts";
import { characterCount, clip } from "./sentences.ts";

/** Cuts or pads a text to the lengths of a string schema. */
export function fitLength(schema: JsonSchema, text: string | undefined): string {
  const minimum = numberOf(schema, "minLength") ?? 0;
  const clipped = clip(text ?? "", numberOf(schema, "maxLength") ?? Infinity);
  return clipped + ".".repeat(Math.max(0, minimum - characterCount(clipped)));
}

/** True when a text keeps to the lengths, the format and the pattern of a string schema. */
export function meetsTextRules(schema: JsonSchema, text: string): boolean {
  const length = characterCount(text);
  const isLongEnough = length >= (numberOf(schema, "minLength") ?? 0);
  const isShortEnough = length <= (numberOf(schema, "maxLength") ?? Infinity);
  return isLongEnough && isShortEnough && hasFormat(schema, text) && hasPattern(schema, text);
}

/** True when the schema has no pattern, or the text matches it. */
export function hasPattern(schema: JsonSchema, text: string): boolean {
  const pattern = textOf(schema, "pattern");
  return pattern === "" || matchPattern(pattern, [text], "") === text;
}

function hasFormat(schema: JsonSchema, text: string): boolean {
  const format = FORMATS.get(textOf(schema, "format"));
  return format === undefined || format.pattern.exec(text)?.[0] === text;
}
