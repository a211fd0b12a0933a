import { type Clause, mentions, type Polarity, speaksFor } from "./clauses.ts";
import { type Phrase, relatedPhrases, toPhrase } from "./synonyms.ts";
import { meaningfulStems } from "./words.ts";

/** An option of an enumeration with how much the text bears it. */
export interface ScoredOption {
  option: unknown;
  score: number;
}

const NONE_OF_THESE = /^(other|others|unknown|none|general|misc|miscellaneous|unspecified|n\/?a|und)$/i;
const LOWEST = /^(none|no|low|minor|absent|never|weak)$/i;
const HIGHEST = /^(strong|high|full|major|severe|always|complete)$/i;

/** What options are measured by besides their names. */
export interface Measure {
  /** Describes options as `label: words, words; …`. */
  hints?: string;
  /** Only clauses that speak under it count. Default "stated". */
  polarity?: Polarity;
  /** One option is to be chosen: faint evidence, such as two words of a description, is better than none. */
  chooseOne?: boolean;
}

/** Scores every option against the clauses of a text. */
export function scoreOptions(
  options: readonly unknown[],
  clauses: readonly Clause[],
  { hints = "", polarity = "stated", chooseOne = false }: Measure = {},
): ScoredOption[] {
  const speaking = clauses.filter((clause) => speaksFor(clause, polarity));
  const common = sharedStems(options);
  return options.map((option) => {
    const concepts = conceptsOf(String(option), common);
    const hinted = hintsFor(String(option), hints, chooseOne);
    return { option, score: scoreConcepts(concepts, speaking) + scoreHints(hinted, speaking) };
  });
}

/** The best option, or undefined when the text bears none of them. */
export function bestOption(scored: readonly ScoredOption[]): unknown {
  const best = scored.reduce<ScoredOption | undefined>(
    (top, candidate) => (candidate.score > (top?.score ?? 0) ? candidate : top),
    undefined,
  );
  return best?.option;
}

/** What to say when the text bears no option: the one that means "none of these", else the first. */
export function neutralOption(options: readonly unknown[]): unknown {
  return options.find((option) => NONE_OF_THESE.test(String(option))) ?? options[0];
}

/**
 * Answers a scale such as none, weak, strong by how often the text speaks of the property itself.
 * Undefined when the options are not a scale.
 */
export function scaleOption(
  options: readonly unknown[],
  clauses: readonly Clause[],
  property: string,
): unknown {
  const lowest = options.findIndex((option) => LOWEST.test(String(option)));
  const highest = options.findIndex((option) => HIGHEST.test(String(option)));
  if (options.length < 3 || lowest === -1 || highest === -1) return undefined;
  const ordered = lowest < highest ? options : [...options].reverse();
  const evidence = clauses
    .filter((clause) => clause.required)
    .filter((clause) =>
      meaningfulStems(property).some((word) =>
        relatedPhrases(word).some((phrase) => mentions(clause, phrase)),
      ),
    ).length;
  const step = evidence === 0 ? 0 : Math.min(ordered.length - 1, 1 + Math.floor(evidence / 4));
  return ordered[step];
}

/** Stems that more than one option has, and which therefore tell nothing. */
function sharedStems(options: readonly unknown[]): ReadonlySet<string> {
  const counts = new Map<string, number>();
  for (const option of options) {
    for (const word of new Set(meaningfulStems(String(option))))
      counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return new Set([...counts].filter(([, count]) => count > 1).map(([word]) => word));
}

/** The stems of an option's name that tell it from the others. */
function conceptsOf(option: string, common: ReadonlySet<string>): string[] {
  const words = meaningfulStems(option);
  const telling = words.filter((word) => !common.has(word) && !GENERIC.has(word));
  return telling.length > 0 ? telling : words;
}

const GENERIC = new Set(["use", "usage", "type", "include", "includ", "kind"]);

/** Each word of an option must be borne by the text, by itself or by related phrases; the weakest one decides. */
function scoreConcepts(concepts: readonly string[], clauses: readonly Clause[]): number {
  if (concepts.length === 0) return 0;
  return Math.min(
    ...concepts.map((concept) => {
      const [own = [], ...related] = relatedPhrases(concept);
      return 2 * countLog(own, clauses) + related.reduce((sum, phrase) => sum + countLog(phrase, clauses), 0);
    }),
  );
}

function scoreHints(hints: readonly Phrase[], clauses: readonly Clause[]): number {
  return hints.reduce((sum, phrase) => sum + countLog(phrase, clauses), 0);
}

function countLog(phrase: Phrase, clauses: readonly Clause[]): number {
  return Math.log2(1 + clauses.filter((clause) => mentions(clause, phrase)).length);
}

/**
 * The phrases a description gives for an option: `weak: file or library level; strong: whole work`. Pairs of
 * neighbouring words find what the text does not repeat word for word.
 */
function hintsFor(option: string, description: string, withPairs: boolean): Phrase[] {
  const lower = description.toLowerCase();
  const label = new RegExp(
    `(?<![\\p{L}-])${escapeForPattern(option.toLowerCase())}["'\`]?\\s*(?::|=|-|–|\\()\\s*([^;.)\\n]+)`,
    "u",
  );
  const [, listed = ""] = label.exec(lower) ?? [];
  const phrases = listed.split(/,|\bor\b|\band\b/);
  const pairs = withPairs ? phrases.flatMap(wordPairs) : [];
  return [...phrases.map(toPhrase), ...pairs].filter((phrase) => phrase.length > 0);
}

function wordPairs(text: string): Phrase[] {
  const words = text.split(/\s+/);
  return words
    .slice(1)
    .map((word, index) => [...meaningfulStems(words[index] ?? ""), ...meaningfulStems(word)])
    .filter((pair) => pair.length === 2);
}

function escapeForPattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
