import { stem, tokens } from "./words.ts";

const MAX_SENTENCES = 400;

/** A sentence that carries less than this share of the best one's weight does not belong in a summary. */
const LEAST_SHARE = 0.4;

const segmenter = new Intl.Segmenter(undefined, { granularity: "sentence" });

/** Sentences of a text in any language, without line breaks. A blank line ends a sentence. */
export function splitSentences(text: string): string[] {
  const sentences: string[] = [];
  for (const paragraph of text.split(/\n\s*\n/)) {
    for (const { segment } of segmenter.segment(paragraph.replace(/\s+/g, " "))) {
      const sentence = segment.trim();
      if (/\p{L}/u.test(sentence)) sentences.push(sentence);
    }
    if (sentences.length >= MAX_SENTENCES) break;
  }
  return sentences.slice(0, MAX_SENTENCES);
}

interface Ranked {
  index: number;
  sentence: string;
  score: number;
}

/** Sentences ranked by how much of the document's own vocabulary they carry, best first. */
export function rankSentences(sentences: readonly string[]): Ranked[] {
  const words = sentences.map((sentence) => tokens(sentence).map(stem));
  const frequency = contentFrequency(words);
  return sentences
    .map((sentence, index) => ({
      index,
      sentence,
      score: weigh(sentence, words[index] ?? [], { frequency, index }),
    }))
    .sort((left, right) => right.score - left.score || left.index - right.index);
}

/** One to `count` sentences of the document in their own order, together at most `maxLength` characters. */
export function summarize(sentences: readonly string[], maxLength: number, count = 2): string {
  const ranked = rankSentences(sentences);
  const least = (ranked[0]?.score ?? 0) * LEAST_SHARE;
  const chosen: Ranked[] = [];
  let length = 0;
  for (const candidate of ranked) {
    if (chosen.length === count || candidate.score < least) break;
    if (length + candidate.sentence.length + 1 > maxLength) continue;
    chosen.push(candidate);
    length += candidate.sentence.length + 1;
  }
  const [best] = ranked;
  if (chosen.length === 0) return best === undefined ? "" : clip(best.sentence, maxLength);
  return chosen
    .sort((left, right) => left.index - right.index)
    .map(({ sentence }) => sentence)
    .join(" ");
}

/** The sentence that shares most words with a set of stems, or undefined when none shares any. */
export function closestSentence(
  sentences: readonly string[],
  stems: ReadonlySet<string>,
): string | undefined {
  let best: { sentence: string; score: number } | undefined;
  for (const sentence of sentences) {
    const words = new Set(tokens(sentence).map(stem));
    const shared = [...stems].filter((wanted) => words.has(wanted)).length;
    const score = shared / Math.sqrt(words.size + 4);
    if (shared > 0 && score > (best?.score ?? 0)) best = { sentence, score };
  }
  return best?.sentence;
}

/** Length as JSON schema counts it: in characters, not in UTF-16 units. */
export function characterCount(text: string): number {
  return [...text].length;
}

/** Cuts a text at a word boundary, with an ellipsis. */
export function clip(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const characters = [...text];
  if (characters.length <= maxLength) return text;
  if (maxLength < 8) return characters.slice(0, maxLength).join("");
  const cut = characters.slice(0, maxLength - 1).join("");
  const space = cut.lastIndexOf(" ");
  return `${(space > cut.length / 2 ? cut.slice(0, space) : cut).replace(/[\s,;:]+$/, "")}…`;
}

/** Counts of the words that are neither very common in this text nor very short. */
function contentFrequency(sentences: readonly string[][]): Map<string, number> {
  const spread = new Map<string, number>();
  for (const words of sentences) {
    for (const word of new Set(words)) spread.set(word, (spread.get(word) ?? 0) + 1);
  }
  const everywhere = Math.max(3, sentences.length * 0.35);
  return new Map([...spread].filter(([word, count]) => count <= everywhere && [...word].length > 1));
}

/** Boilerplate that never sums a document up. */
const BOILERPLATE = /^(?:copyright|all rights reserved|page \d|end of|table of contents)/i;

/** True for sentences such as copyright lines, which say nothing about the content. */
export function isBoilerplate(sentence: string): boolean {
  return BOILERPLATE.test(sentence);
}

/** Sentences of middle length with frequent words win; the opening of a text counts more. */
function weigh(sentence: string, words: readonly string[], { frequency, index }: Standing): number {
  const sum = [...new Set(words)].reduce((total, word) => total + Math.log1p(frequency.get(word) ?? 0), 0);
  const density = sum / Math.sqrt(words.length + 3);
  const brevity = Math.min(1, words.length / 7) * Math.min(1, 220 / sentence.length);
  const opening = 1 + 0.6 * Math.exp(-index / 8);
  const isPoor = isBoilerplate(sentence) || isShouted(sentence);
  return density * brevity * opening * (isPoor ? 0.3 : 1);
}

function isShouted(sentence: string): boolean {
  return sentence === sentence.toUpperCase() && sentence !== sentence.toLowerCase();
}

interface Standing {
  frequency: ReadonlyMap<string, number>;
  /** Place of the sentence in the document. */
  index: number;
}
