import { type JsonSchema, numberOf } from "./schema.ts";

/** A number in a text. */
interface FoundNumber {
  value: number;
  index: number;
  end: number;
}

const NUMBER =
  /(?<![\w.,])-?\d{1,3}(?:[ ,.'’\u00a0]\d{3})+(?:[.,]\d{1,2})?(?![\d])|(?<![\w.,])-?\d+(?:[.,]\d+)?(?![\d])/g;
const CURRENCY = /[$€£¥₹]|\b(?:USD|EUR|GBP|CHF|JPY)\b/;

/** What kind of number a property asks for, told by its words. */
export type NumberKind = "amount" | "year" | "count" | "confidence" | "words" | "plain";

const KINDS: ReadonlyArray<readonly [NumberKind, RegExp]> = [
  ["words", /\b(word|words)\b.*\b(count|number)\b|\bnumber of words\b/],
  ["confidence", /\b(confidence|certainty|probability|likelihood)\b/],
  ["year", /\byear\b/],
  ["amount", /\b(total|amount|price|sum|cost|fee|tax|vat|subtotal|balance|salary|net|gross|due)\b/],
  ["count", /\b(count|number|pages?|items?|quantity|articles?|sections?|chapters?)\b/],
];

/** The kind of number that words (in lower case) ask for. */
export function numberKind(words: string): NumberKind {
  return KINDS.find(([, pattern]) => pattern.test(words))?.[0] ?? "plain";
}

/** The number that stands nearest to the wanted words, or undefined when nothing fits. */
export function findNumber(text: string, words: readonly string[], kind: NumberKind): number | undefined {
  if (kind === "confidence") return 0.8;
  if (kind === "words") return text.split(/\s+/).filter((word) => word !== "").length;
  const candidates = numbersIn(text).filter(({ value }) => kind !== "year" || isYear(value));
  const anchors = anchorsOf(text, words);
  const scored = candidates
    .map((number) => ({
      number,
      score: closeness(text, number, anchors) + currencyBonus(text, number, kind),
    }))
    .filter(({ score }) => score > 0)
    .sort((left, right) => right.score - left.score);
  return scored[0]?.number.value ?? (kind === "year" ? candidates[0]?.value : undefined);
}

/** Every number of a text, in order. */
function numbersIn(text: string): FoundNumber[] {
  return [...text.matchAll(NUMBER)].map((match) => ({
    value: parseNumber(match[0]),
    index: match.index,
    end: match.index + match[0].length,
  }));
}

function isYear(value: number): boolean {
  return Number.isInteger(value) && value >= 1500 && value <= 2200;
}

/** Reads `1,234.50`, `1.234,50`, `1 234,50` and `1234.5`. */
function parseNumber(written: string): number {
  const compact = written.replace(/[ '’\u00a0]/g, "");
  const lastMark = Math.max(compact.lastIndexOf("."), compact.lastIndexOf(","));
  if (lastMark === -1) return Number(compact);
  const mark = compact[lastMark] ?? ".";
  const digitsBehind = compact.length - lastMark - 1;
  const isThousands =
    digitsBehind === 3 && !compact.startsWith("0") && (mark === "," || compact.split(mark).length > 2);
  if (isThousands) return Number(compact.replace(/[.,]/g, ""));
  return Number(`${compact.slice(0, lastMark).replace(/[.,]/g, "")}.${compact.slice(lastMark + 1)}`);
}

function anchorsOf(text: string, words: readonly string[]): Array<{ start: number; end: number }> {
  const lower = text.toLowerCase();
  return words.flatMap((word) =>
    [...lower.matchAll(new RegExp(`(?<!\\p{L})${word}`, "gu"))].map(({ index }) => ({
      start: index,
      end: index + word.length,
    })),
  );
}

/** Numbers behind a word on the same line count most, then numbers shortly before it. */
function closeness(
  text: string,
  number: FoundNumber,
  anchors: ReadonlyArray<{ start: number; end: number }>,
): number {
  let sum = 0;
  for (const { start, end } of anchors) {
    const isBehind = number.index >= end;
    const gap = isBehind ? text.slice(end, number.index) : text.slice(number.end, start);
    const isNear =
      gap.length <= (isBehind ? 60 : 15) && !gap.includes("\n") && (isBehind || number.end <= start);
    if (isNear) sum += (isBehind ? 10 : 6) / (1 + gap.length / 10);
  }
  return sum;
}

function currencyBonus(text: string, { index, end }: FoundNumber, kind: NumberKind): number {
  if (kind !== "amount") return 0;
  return CURRENCY.test(text.slice(Math.max(0, index - 5), end + 5)) ? 3 : 0;
}

/** The nearest number that a schema allows. */
export function fitNumber(value: number, schema: JsonSchema): number {
  const isInteger = schema["type"] === "integer";
  const step = numberOf(schema, "multipleOf") ?? (isInteger ? 1 : 0);
  const gap = step > 0 ? step : 1e-6;
  const minimum = bound(numberOf(schema, "minimum"), numberOf(schema, "exclusiveMinimum"), gap);
  const maximum = bound(numberOf(schema, "maximum"), numberOf(schema, "exclusiveMaximum"), -gap);
  const inside = Math.min(Math.max(value, minimum ?? -Infinity), maximum ?? Infinity);
  if (step === 0) return inside;
  const down = Math.floor(inside / step) * step;
  return down < (minimum ?? -Infinity) ? down + step : down;
}

function bound(
  inclusive: number | undefined,
  exclusive: number | undefined,
  gap: number,
): number | undefined {
  const inner = exclusive === undefined ? undefined : exclusive + gap;
  if (inner === undefined || inclusive === undefined) return inner ?? inclusive;
  return gap > 0 ? Math.max(inner, inclusive) : Math.min(inner, inclusive);
}
