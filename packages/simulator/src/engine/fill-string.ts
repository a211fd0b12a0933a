import { findDate } from "./dates.ts";
import { FORMATS, type Format } from "./formats.ts";
import { languageCode, languageName } from "./languages.ts";
import { matchPattern } from "./patterns.ts";
import { numberOf, textOf } from "./schema.ts";
import { clip, closestSentence, isBoilerplate, summarize } from "./sentences.ts";
import { findTexts, labelled } from "./strings.ts";
import { type Filled, nameWords, type Target, wantedStems, wording } from "./target.ts";
import { fitLength, hasPattern } from "./text-rules.ts";

const DEFAULT_MAX_LENGTH = 300;

/** Fills a string with text of the document, within the lengths, the format and the pattern of the schema. */
export async function fillString(target: Target): Promise<Filled> {
  const { schema, reading } = target;
  const format = textOf(schema, "format");
  const known = FORMATS.get(format);
  if (known !== undefined) return fillFormat(target, format, known);
  const text = await findText(target);
  const pattern = textOf(schema, "pattern");
  if (pattern !== "") {
    const value = matchPattern(pattern, [text, fitLength(schema, text)].filter(isText), reading.text);
    return { value: value ?? text ?? "", found: value !== undefined };
  }
  return { value: fitLength(schema, text), found: text !== undefined && text !== "" };
}

/** The first value of the right form: near the property's words, anywhere in the document, or none of its own. */
async function fillFormat(target: Target, format: string, { pattern, fallbacks }: Format): Promise<Filled> {
  const isDate = format === "date" || format === "date-time";
  const near = isDate ? dateText(target, format) : await findText(target);
  const candidates = [near, target.reading.text].flatMap((text) => pattern.exec(text ?? "")?.[0] ?? []);
  const found = candidates.find((candidate) => hasPattern(target.schema, candidate));
  if (found !== undefined) return { value: found, found: true };
  const value = fallbacks.find((candidate) => hasPattern(target.schema, candidate)) ?? fallbacks[0];
  return { value, found: false };
}

function isText(value: string | undefined): value is string {
  return value !== undefined;
}

function dateText(target: Target, format: string): string | undefined {
  const words = nameWords(target).filter((word) => word !== "date" && word.length > 2);
  const date = findDate(target.reading.text, words);
  return format === "date-time" && date !== undefined ? `${date}T00:00:00Z` : date;
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
  const sentence = reading.sentences.find((candidate) => !isBoilerplate(candidate)) ?? reading.sentences[0];
  return sentence === undefined ? undefined : clip(sentence, 80);
}
