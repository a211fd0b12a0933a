import { datesIn } from "./dates.ts";
import { textOf } from "./schema.ts";
import { type Target, wording } from "./target.ts";
import { stem, tokens } from "./words.ts";

const EMAIL = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;
const URL_LIKE = /https?:\/\/[^\s<>"')\]]+[^\s<>"')\].,;:]/g;

/** What kind of text a property asks for, told by its words. */
type TextKind = "people" | "organizations" | "places" | "keywords" | "dates" | "emails" | "urls";

const KINDS: ReadonlyArray<readonly [TextKind, RegExp]> = [
  ["emails", /\be-?mails?\b/],
  ["urls", /\b(urls?|uri|links?|website|homepage)\b/],
  ["dates", /\bdates?\b/],
  [
    "organizations",
    /\b(vendors?|suppliers?|compan(?:y|ies)|organi[sz]ations?|publishers?|employers?|sellers?|institutions?)\b/,
  ],
  [
    "people",
    /\b(authors?|persons?|people|contacts?|customers?|signator\w+|participants?|speakers?|applicants?)\b/,
  ],
  ["places", /\b(places?|locations?|cit(?:y|ies)|countr(?:y|ies)|regions?)\b/],
  ["keywords", /\b(keywords?|tags?|topics?|terms|themes?|subjects)\b/],
];

/** All texts of the kind a property asks for, best first; undefined when its words name no kind. */
export async function findTexts(target: Target, count: number): Promise<string[] | undefined> {
  const kind = kindOf(target);
  const { reading } = target;
  switch (kind) {
    case undefined:
      return undefined;
    case "emails":
      return matches(reading.text, EMAIL);
    case "urls":
      return matches(reading.text, URL_LIKE);
    case "dates":
      return datesIn(reading.text).map(({ iso }) => iso);
    case "keywords":
      return keywords(reading.text, count);
    default:
      return (await reading.names())[kind];
  }
}

/** The value behind a label: the rest of a line such as `Vendor: Example Ltd`. */
export function labelled(text: string, words: readonly string[]): string | undefined {
  const label = words.map((word) => word.replace(/[^\p{L}\p{N}]/gu, "")).filter((word) => word !== "");
  if (label.length === 0) return undefined;
  const line = new RegExp(
    `^[ \\t>*#-]*(?:\\p{L}+[ \\t]){0,2}${label.join("[ \\t_-]*")}[ \\t]*[:=|][ \\t]*(\\S.*)$`,
    "imu",
  );
  const [, value] = line.exec(text) ?? [];
  return value?.replace(/[*_|]+$/, "").trim();
}

function kindOf(target: Target): TextKind | undefined {
  const format = textOf(target.schema, "format");
  if (format === "email") return "emails";
  if (format === "uri" || format === "url") return "urls";
  if (format === "date" || format === "date-time") return "dates";
  const words = wording(target);
  return KINDS.find(([, pattern]) => pattern.test(words))?.[0];
}

function matches(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map(([match]) => match))];
}

/** The longer words that return most often, in the form in which they appear first. */
function keywords(text: string, count: number): string[] {
  const seen = new Map<string, { word: string; count: number }>();
  for (const word of tokens(text)) {
    if (word.length < 5 || /^\d+$/.test(word)) continue;
    const entry = seen.get(stem(word)) ?? { word, count: 0 };
    seen.set(stem(word), { ...entry, count: entry.count + 1 });
  }
  return [...seen.values()]
    .sort((left, right) => right.count - left.count)
    .slice(0, count)
    .map(({ word }) => word);
}
