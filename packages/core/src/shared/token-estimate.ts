/** Kinds of characters that tokenizers treat alike. A pair of surrogates counts as two characters. */
type CharacterKind =
  | "latin"
  | "accented"
  | "alphabet"
  | "ideograph"
  | "digit"
  | "space"
  | "newline"
  | "mark"
  | "emoji";

/** What a run of `length` characters of one kind costs. */
interface RunCost {
  /** Tokens for the run's first character. */
  first: number;
  /** Characters that the first token takes in. */
  covered: number;
  /** Tokens for each character beyond. */
  further: number;
}

/** Fitted by hand to one legal text in 24 languages and to code, JSON, numbers and encoded data. */
const COSTS: Readonly<Record<CharacterKind, RunCost>> = {
  latin: { first: 0.9, covered: 6, further: 0.25 },
  // An accent inside a word also begins a new run after it: such words are cut in more pieces.
  accented: { first: 0.3, covered: 1, further: 0.5 },
  alphabet: { first: 1, covered: 2, further: 0.35 },
  ideograph: { first: 0.9, covered: 1, further: 0.9 },
  digit: { first: 1.3, covered: 3, further: 0.38 },
  // One space belongs to the word after it; indentation is one token.
  space: { first: 0, covered: 1, further: 0.05 },
  newline: { first: 0.6, covered: 2, further: 0.1 },
  mark: { first: 0.9, covered: 1, further: 0.5 },
  emoji: { first: 1, covered: 1, further: 1 },
};

/**
 * About how many tokens a model makes of a text, in time linear in its length; no vocabulary is loaded.
 *
 * Against a vocabulary of 200,000 tokens it was within 15 % for English, the large western European
 * languages, Chinese, Japanese, code and tables, and within 30 % for most others (Russian: 56 % too high).
 * Smaller vocabularies make more tokens of every script but latin. Give budgets a margin, and prefer the
 * usage that a provider reports.
 */
export function estimateTokens(text: string): number {
  let tokens = 0;
  let start = 0;
  let kind: CharacterKind | undefined;
  for (let index = 0; index < text.length; index += 1) {
    const next = kindOf(text.charCodeAt(index));
    if (next === kind) continue;
    if (kind !== undefined) tokens += runCost(kind, index - start);
    kind = next;
    start = index;
  }
  if (kind !== undefined) tokens += runCost(kind, text.length - start);
  return Math.ceil(tokens);
}

function runCost(kind: CharacterKind, length: number): number {
  const { first, covered, further } = COSTS[kind];
  return first + Math.max(0, length - covered) * further;
}

function kindOf(unit: number): CharacterKind {
  if (unit < 0x80) return asciiKind(unit);
  if (unit < 0xc0) return "mark";
  if (unit < 0x250 || (unit >= 0x1e00 && unit < 0x1f00)) return "accented";
  if (unit >= 0xd800 && unit < 0xe000) return "emoji";
  if (isIdeograph(unit)) return "ideograph";
  const isSign = (unit >= 0x2000 && unit < 0x2c00) || (unit >= 0x3000 && unit < 0x3040) || unit >= 0xff00;
  return isSign ? "mark" : "alphabet";
}

function asciiKind(unit: number): CharacterKind {
  if ((unit >= 0x61 && unit <= 0x7a) || (unit >= 0x41 && unit <= 0x5a)) return "latin";
  if (unit === 0x20 || unit === 0x09) return "space";
  if (unit >= 0x30 && unit <= 0x39) return "digit";
  return unit === 0x0a || unit === 0x0d ? "newline" : "mark";
}

/** Chinese, Japanese and Korean. */
function isIdeograph(unit: number): boolean {
  return (
    (unit >= 0x3040 && unit < 0xa000) ||
    (unit >= 0xac00 && unit < 0xd7b0) ||
    (unit >= 0xf900 && unit < 0xfb00)
  );
}
