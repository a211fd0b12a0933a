import { findDate } from "./dates.ts";
import { languageCode, languageName } from "./languages.ts";
import { matchPattern } from "./patterns.ts";
import { numberOf, textOf } from "./schema.ts";
import { clip, closestSentence, summarize } from "./sentences.ts";
import { findTexts, labelled } from "./strings.ts";
import { type Filled, nameWords, type Target, wantedStems, wording } from "./target.ts";

/** Values for formats that the document has nothing for. */
const FORMAT_FALLBACKS: Readonly<Record<string, string>> = {
  date: "1970-01-01",
  "date-time": "1970-01-01T00:00:00Z",
  time: "00:00:00",
  duration: "P1D",
  email: "unknown@example.com",
  uri: "https://example.com/",
  url: "https://example.com/",
  uuid: "00000000-0000-4000-8000-000000000000",
  ipv4: "192.0.2.1",
  ipv6: "2001:db8::1",
  hostname: "example.com",
};

const DEFAULT_MAX_LENGTH = 300;

/** Fills a string with text of the document, within the lengths, the format and the pattern of the schema. */
export async function fillString(target: Target): Promise<Filled> {
  const { schema, reading } = target;
  const format = textOf(schema, "format");
  const isDate = format === "date" || format === "date-time";
  const text = isDate ? dateText(target, format) : await findText(target);
  const pattern = textOf(schema, "pattern");
  const fallback = FORMAT_FALLBACKS[format];
  if (fallback !== undefined) {
    const value = [text, fallback].find((candidate) => candidate !== undefined && fits(target, candidate));
    return { value: value ?? fallback, found: value !== undefined && value === text };
  }
  if (pattern !== "") {
    const value = matchPattern(pattern, [text, fitLength(target, text)].filter(isText), reading.text);
    return { value: value ?? text ?? "", found: value !== undefined };
  }
  return { value: fitLength(target, text), found: text !== undefined && text !== "" };
}

function isText(value: string | undefined): value is string {
  return value !== undefined;
}

function dateText(target: Target, format: string): string | undefined {
  const words = nameWords(target).filter((word) => word !== "date" && word.length > 2);
  const date = findDate(target.reading.text, words);
  return format === "date-time" && date !== undefined ? `${date}T00:00:00Z` : date;
}

function fits({ schema }: Target, value: string): boolean {
  const pattern = textOf(schema, "pattern");
  return pattern === "" || matchPattern(pattern, [value], "") === value;
}

async function findText(target: Target): Promise<string | undefined> {
  const { reading } = target;
  const words = nameWords(target);
  const name = words.join(" ");
  if (reading.sectionId !== undefined && /^(id|item id|key|ref|marker|document id)$/.test(name))
    return reading.sectionId;
  if (/\b(language|lang|locale)\b/.test(name)) return languageText(target);
  const label = labelled(reading.text, words);
  const dated = /\b(date|due|deadline|issued on|published on)\b/.test(name);
  if (dated) return dateText(target, "date");
  if (label !== undefined) return label;
  const [first] = (await findTexts(target, 1)) ?? [];
  if (first !== undefined) return first;
  if (/\b(name|title|heading|subject)\b/.test(name)) return reading.title ?? firstWords(target);
  if (
    /\b(summary|abstract|description|overview|gist|answer|excerpt|quote|evidence|text|content)\b/.test(name)
  ) {
    return summarize(reading.sentences, numberOf(target.schema, "maxLength") ?? DEFAULT_MAX_LENGTH);
  }
  return closestSentence(reading.sentences, wantedStems(target));
}

async function languageText(target: Target): Promise<string | undefined> {
  const [best] = await target.reading.languages();
  if (best === undefined) return undefined;
  const maximum = numberOf(target.schema, "maxLength") ?? Infinity;
  if (maximum <= 3 || /\b(code|iso|639|bcp)\b/.test(wording(target))) {
    return /639-3/.test(wording(target)) ? best : languageCode(best);
  }
  return languageName(best);
}

function firstWords({ reading }: Target): string | undefined {
  const [sentence] = reading.sentences;
  return sentence === undefined ? undefined : clip(sentence, 80);
}

/** Cuts or pads a text to the lengths the schema allows. */
function fitLength({ schema }: Target, text: string | undefined): string {
  const minimum = numberOf(schema, "minLength") ?? 0;
  const clipped = clip(text ?? "", numberOf(schema, "maxLength") ?? Infinity);
  return clipped.length >= minimum ? clipped : clipped.padEnd(minimum, ".");
}
