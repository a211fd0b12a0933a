const WORD = /[\p{L}\p{M}\p{N}]+/gu;
const UNSPACED_SCRIPT =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Khmer}\p{Script=Lao}\p{Script=Myanmar}]/u;

/** Suffixes that are cut, longest first, as long as four letters remain. */
const SUFFIXES = [
  "ications",
  "ication",
  "ially",
  "ities",
  "ments",
  "ment",
  "ings",
  "ions",
  "able",
  "ing",
  "ion",
  "ity",
  "ies",
  "ied",
  "ial",
  "ors",
  "ers",
  "ed",
  "es",
  "ly",
  "al",
  "or",
  "er",
  "s",
  "y",
  "e",
];

const MIN_STEM = 4;

/** English words without meaning of their own, and words that only describe a field. */
const EMPTY_WORDS = new Set(
  "a an the of in on at to for from by with and or if is are be was it its this that these those as any all not no which what who whose whether there one should has have can may will given text document value field string number list".split(
    " ",
  ),
);

/** Words of a text in lower case. Scripts without spaces give pairs of characters instead. */
export function tokens(text: string): string[] {
  return [...text.toLowerCase().matchAll(WORD)].flatMap(([word]) =>
    UNSPACED_SCRIPT.test(word) ? characterPairs(word) : [word],
  );
}

/** Words of an identifier: `dueDate`, `due-date` and `due_date` all give due and date. */
export function identifierWords(name: string): string[] {
  return tokens(name.replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2").replaceAll("_", " "));
}

/** A word without its ending, so that "modify" and "modifications" meet. */
export function stem(word: string): string {
  return cutSuffix(cutSuffix(word));
}

/** Stems of the words in a text that mean something. */
export function meaningfulStems(text: string): string[] {
  return identifierWords(text)
    .filter((word) => !EMPTY_WORDS.has(word))
    .map(stem);
}

function cutSuffix(word: string): string {
  const suffix = SUFFIXES.find((ending) => word.length - ending.length >= MIN_STEM && word.endsWith(ending));
  return suffix === undefined ? word : word.slice(0, -suffix.length);
}

function characterPairs(word: string): string[] {
  const characters = [...word];
  if (characters.length < 2) return characters;
  return characters.slice(1).map((character, index) => `${characters[index]}${character}`);
}
