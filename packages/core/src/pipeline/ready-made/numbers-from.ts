import { isRecord } from "../../shared/json.ts";
import type { CheckResult } from "../step.ts";

/**
 * A check of numbers: each number anywhere in an answer must stand in the text, in whatever way it is written there
 * (`1,234.50`, `1.234,50`, `1 234.5`, `1'234.50`); its sign does not count. Numbers in words are not found.
 *
 * ```ts
 * check: ({ input, output }) => numbersFrom(input.text)(output),
 * ```
 *
 * @returns what holds a number, or all numbers in an object or array, against the text.
 */
export function numbersFrom(text: string): (answer: unknown) => CheckResult {
  const known = new Set(
    [...text.normalize("NFKC").matchAll(WRITTEN)].flatMap(([written]) => readings(written)),
  );
  return (answer) => {
    const wrong = [...numbersIn(answer, "")].find(({ value }) => !known.has(Math.abs(value)));
    if (!wrong) return true;
    const where = wrong.path === "" ? "" : ` (\`${wrong.path}\`)`;
    return `The number ${wrong.value}${where} does not stand in the document.`;
  };
}

/** Digits, with single signs or blanks between them that part thousands or decimals. */
const WRITTEN = /\d+(?:[.,'’\u00a0\u202f ]\d+)*/g;

/** Every number that a way of writing may mean: `1.234` is one thousand and something to some, and one to others. */
function readings(written: string): number[] {
  const groups = written.split(/[\s\u00a0\u202f]/);
  // A blank parts thousands, or two numbers that stand beside each other.
  const texts = [groups.join(""), ...groups];
  return texts.flatMap((text) => {
    const bare = text.replace(/['’]/g, "");
    return [
      bare.replace(/[.,]/g, ""),
      bare.replace(/,/g, ""),
      bare.replace(/\./g, "").replace(",", "."),
      ...bare.split(/[.,]/),
    ].flatMap((digits) => (isNumber(digits) ? [Number(digits)] : []));
  });
}

/** Three digits that begin with a zero are the rest of a thousand; two may be a month. */
function isNumber(digits: string): boolean {
  return /^\d+(?:\.\d+)?$/.test(digits) && !/^0\d\d$/.test(digits);
}

function* numbersIn(value: unknown, path: string): Generator<{ value: number; path: string }> {
  if (typeof value === "number") yield { value, path };
  const parts = Array.isArray(value) ? value.entries() : isRecord(value) ? Object.entries(value) : [];
  for (const [name, part] of parts) yield* numbersIn(part, path === "" ? String(name) : `${path}.${name}`);
}
