import { SluiceError } from "../errors/sluice-error.ts";
import { estimateTokens } from "../shared/token-estimate.ts";

/** A stretch of a text that fits into a budget of tokens. */
export interface Chunk {
  /** What stands from `start` to `end`; blank neither at its beginning nor at its end. */
  text: string;
  /** Its place among the chunks, from 0. */
  index: number;
  /** Where it begins in the text, in UTF-16 units, as `slice` counts. */
  start: number;
  /** Where it ends, exclusive. */
  end: number;
}

/** Options of {@link chunkText}. */
export interface ChunkOptions {
  /** Estimated tokens of a chunk at most, from 16 up. Default 2,000. */
  maxTokens?: number | undefined;
  /** Estimated tokens at most that a chunk repeats of the one before it; up to half of `maxTokens`. Default 0. */
  overlapTokens?: number | undefined;
}

/**
 * Where a text is best cut, best first; the cut is behind the match. Each begins at a character that it cannot pass
 * again, so that a search is linear.
 */
const HEADING = /\n(?= {0,3}#{1,6}[ \t]|[^\n]{1,200}\n(?:={3,}|-{3,})[ \t\r]*(?:\n|$))/g;
const BLANK_LINE = /\n[^\S\n]*\n/g;
const SENTENCE = /[.!?…।॥؟۔]["'”’»)\]]*\s+|[。！？｡]["'”’」』）]*\s*/g;
const LINE = /\n/g;
const WORD = /\s+/g;
const CUTS = [HEADING, BLANK_LINE, SENTENCE, LINE, WORD];

/**
 * Cuts a text into chunks: before headings where it can, else at blank lines, ends of sentences, ends of lines, between
 * words, and in a text without any break wherever the budget ends, though never inside a surrogate pair. A better place
 * is taken as long as the chunk is half full. Together the chunks hold everything but blank. Takes time linear in the
 * text's length.
 *
 * @throws SluiceError OPTION_INVALID for a size outside its rule.
 */
export function chunkText(text: string, options: ChunkOptions = {}): Chunk[] {
  const { maxTokens = 2_000, overlapTokens = 0 } = options;
  checkSizes(maxTokens, overlapTokens);
  const chunks: Chunk[] = [];
  let covered = 0;
  let start = skipBlank(text, 0);
  while (start < text.length) {
    const end = endOfChunk(text, { start, covered, maxTokens });
    if (end > covered) {
      chunks.push({ text: text.slice(start, end), index: chunks.length, start, end });
      covered = end;
      start = skipBlank(text, overlapTokens > 0 ? overlapStart(text, { start, end, overlapTokens }) : end);
    } else {
      // Blank has eaten what room the overlap left, or nothing is left to say.
      start = skipBlank(text, covered);
    }
  }
  return chunks;
}

function checkSizes(maxTokens: number, overlapTokens: number): void {
  const sizes = { maxTokens, overlapTokens };
  if (!Number.isSafeInteger(maxTokens) || maxTokens < MIN_TOKENS) {
    throw badSize("maxTokens", `a whole number from ${MIN_TOKENS} up`, sizes);
  }
  if (!Number.isSafeInteger(overlapTokens) || overlapTokens < 0 || overlapTokens > maxTokens / 2) {
    throw badSize("overlapTokens", "a whole number from 0 to half of `maxTokens`", sizes);
  }
}

/** Room for any character, after the largest overlap too. */
const MIN_TOKENS = 16;

function badSize(
  option: "maxTokens" | "overlapTokens",
  rule: string,
  sizes: { maxTokens: number; overlapTokens: number },
): SluiceError {
  return new SluiceError("OPTION_INVALID", {
    message: `Cutting a text into chunks: expected \`${option}\` to be ${rule}, got ${sizes[option]}.`,
    facts: { option, ...sizes },
  });
}

/** Where a chunk ends that begins at `start`; not behind `covered` when there is no room for more than blank. */
function endOfChunk(
  text: string,
  { start, covered, maxTokens }: { start: number; covered: number; maxTokens: number },
): number {
  const fits = (length: number) => estimateTokens(text.slice(start, start + length)) <= maxTokens;
  const reach = beforePair(text, start + largest({ first: 2 * maxTokens, limit: text.length - start, fits }));
  const from = Math.max(skipBlank(text, covered), Math.ceil((start + reach) / 2));
  const cut = reach === text.length ? reach : lastCut(text, from, reach);
  return start + text.slice(start, cut).trimEnd().length;
}

function lastCut(text: string, from: number, to: number): number {
  const part = text.slice(from, to);
  for (const pattern of CUTS) {
    let cut = 0;
    for (const match of part.matchAll(pattern)) cut = match.index + match[0].length;
    if (cut > 0) return from + cut;
  }
  return to;
}

/** Where the chunk after this one begins: at a sentence in the first half of what may be repeated, else at a word. */
function overlapStart(
  text: string,
  { start, end, overlapTokens }: { start: number; end: number; overlapTokens: number },
): number {
  const fits = (length: number) => estimateTokens(text.slice(end - length, end)) <= overlapTokens;
  const limit = Math.floor((end - start) / 2);
  const length = largest({ first: 2 * overlapTokens, limit, fits });
  const part = text.slice(end - length, end);
  for (const pattern of [SENTENCE, LINE, WORD]) {
    const [match] = part.slice(0, length / 2).matchAll(pattern);
    if (match) return end - length + match.index + match[0].length;
  }
  const at = end - length;
  return beforePair(text, at) === at ? at : at + 1;
}

/**
 * The largest number up to `limit` that fits, when all smaller ones do, or at most a 64th less; `first` is a guess to
 * begin with.
 */
function largest({
  first,
  limit,
  fits,
}: {
  first: number;
  limit: number;
  fits: (count: number) => boolean;
}): number {
  let low = 0;
  let high = Math.min(first, limit);
  while (fits(high)) {
    if (high === limit) return limit;
    low = high;
    high = Math.min(high * 2, limit);
  }
  while (high - low > Math.max(1, low / 64)) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** The place itself, or the one before it when it is inside a surrogate pair. */
function beforePair(text: string, at: number): number {
  return /^[\uD800-\uDBFF][\uDC00-\uDFFF]$/.test(text.slice(at - 1, at + 1)) ? at - 1 : at;
}

/** The first place from `at` that is not blank, or the text's end. */
function skipBlank(text: string, at: number): number {
  const blank = /\s*/y;
  blank.lastIndex = at;
  blank.test(text);
  return blank.lastIndex;
}
