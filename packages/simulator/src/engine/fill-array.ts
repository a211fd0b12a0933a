import { languageName } from "./languages.ts";
import { bestOption, scoreOptions } from "./options.ts";
import { type JsonSchema, listOf, numberOf, resolve, schemaMapOf, schemasOf, textOf } from "./schema.ts";
import { rankSentences } from "./sentences.ts";
import type { Section } from "./source.ts";
import { findTexts } from "./strings.ts";
import { type Filled, polarityOf, type Target } from "./target.ts";
import { meetsTextRules } from "./text-rules.ts";

const DEFAULT_ITEMS = 5;
const KEY_SENTENCES = 3;
const MAX_DEPTH = 12;
const ID_PROPERTY = /^(?:item|doc|document|section)?_?-?(?:id|key|ref|marker)$/i;

/** Fills an array: all options the text bears, one item per section, or the values found in the text. */
export async function fillArray(target: Target): Promise<Filled> {
  const { schema } = target;
  const tuple = schemasOf(schema, "prefixItems");
  if (tuple.length > 0) return fillTuple(target, tuple);
  const items = resolve(
    schema["items"] === undefined || schema["items"] === true ? {} : itemSchema(schema),
    target.root,
  );
  const limits = {
    minimum: numberOf(schema, "minItems") ?? 0,
    maximum: numberOf(schema, "maxItems") ?? Infinity,
  };
  if (target.depth > MAX_DEPTH && limits.minimum === 0) return { value: [], found: false };
  const found = await foundItems(
    target,
    items,
    Math.min(limits.maximum, sectionCount(target) || DEFAULT_ITEMS),
  );
  const value = await padItems({
    target,
    items,
    values: found.slice(0, limits.maximum),
    minimum: limits.minimum,
  });
  return { value, found: found.length > 0 };
}

function itemSchema(schema: JsonSchema): JsonSchema {
  const [items = {}] = schemasOf({ items: [schema["items"]] }, "items");
  return items;
}

async function fillTuple(target: Target, tuple: readonly JsonSchema[]): Promise<Filled> {
  const value: unknown[] = [];
  for (const schema of tuple) value.push((await target.fill({ ...target, schema })).value);
  const minimum = numberOf(target.schema, "minItems") ?? 0;
  const items = target.schema["items"] === undefined ? {} : itemSchema(target.schema);
  return { value: await padItems({ target, items, values: value, minimum }), found: true };
}

function sectionCount({ reading }: Target): number {
  return reading.sections.length;
}

async function foundItems(target: Target, items: JsonSchema, count: number): Promise<unknown[]> {
  if ("enum" in items) return enumItems(target, items);
  const hasProperties = schemaMapOf(items, "properties").length > 0;
  if (hasProperties && takesSections(target, items)) return sectionItems(target, items);
  if (hasProperties) return objectItems(target, items, count);
  if (textOf(items, "type") === "string") return stringItems(target, items, count);
  const { value, found } = await target.fill({ ...target, schema: items });
  return found ? [value] : [];
}

function enumItems(target: Target, items: JsonSchema): unknown[] {
  const options = listOf(items, "enum");
  const hints = `${textOf(target.schema, "description")} ${textOf(items, "description")}`;
  const scored = scoreOptions(options, target.reading.clauses, { hints, polarity: polarityOf(target) });
  const top = Math.max(...scored.map(({ score }) => score));
  const borne = scored.filter(({ score }) => score >= Math.max(0.9, top * 0.2)).map(({ option }) => option);
  const best = bestOption(scored);
  return borne.length === 0 && best !== undefined ? [best] : borne;
}

/** True when the request carries marked sections and the items name the section they belong to. */
function takesSections({ reading }: Target, items: JsonSchema): boolean {
  return reading.sections.length > 0 && idProperty(items, reading.sections) !== undefined;
}

function idProperty(items: JsonSchema, sections: readonly Section[]): string | undefined {
  const ids = new Set<unknown>(sections.map(({ id }) => id));
  const properties = schemaMapOf(items, "properties");
  const byEnum = properties.find(([, property]) =>
    listOf(property, "enum").some((option) => ids.has(option)),
  );
  return (byEnum ?? properties.find(([name]) => ID_PROPERTY.test(name)))?.[0];
}

async function sectionItems(target: Target, items: JsonSchema): Promise<unknown[]> {
  const { reading } = target;
  const id = idProperty(items, reading.sections);
  const values: unknown[] = [];
  for (const section of reading.sections) {
    const { value } = await target.fill({ ...target, schema: items, reading: reading.ofSection(section) });
    const isText = typeof value === "object" && value !== null && id !== undefined;
    values.push(isText ? { ...value, [id]: sectionIdFor(section, items, id) } : value);
  }
  return values;
}

/** The section's id in the type the schema asks for. */
function sectionIdFor(section: Section, items: JsonSchema, property: string): string | number {
  const [, schema = {}] = schemaMapOf(items, "properties").find(([name]) => name === property) ?? [];
  return ["integer", "number"].includes(textOf(schema, "type")) ? Number(section.id) : section.id;
}

/** Objects are read from the parts of the document, one from each, as long as a part has something to say. */
async function objectItems(target: Target, items: JsonSchema, count: number): Promise<unknown[]> {
  const { reading } = target;
  const parts = reading.text.split(/\n\s*\n/).filter((part) => part.trim().length > 20);
  const values: unknown[] = [];
  for (const part of parts.slice(0, count)) {
    const filled = await target.fill({ ...target, schema: items, reading: reading.ofPart(part) });
    if (filled.found) values.push(filled.value);
  }
  return values;
}

async function stringItems(target: Target, items: JsonSchema, count: number): Promise<string[]> {
  const itemTarget = { ...target, schema: items };
  const texts = (await namedItems(itemTarget, count)) ?? keySentences(target, items, count);
  const fitting = [...new Set(texts)].filter((text) => meetsTextRules(items, text));
  if (fitting.length > 0) return fitting.slice(0, count);
  const { value, found } = await target.fill(itemTarget);
  return found && typeof value === "string" ? [value].slice(0, count) : [];
}

/** Languages, people, dates and whatever else the property's words ask for; undefined when they ask for no kind. */
async function namedItems(target: Target, count: number): Promise<string[] | undefined> {
  if (!/\blanguages?\b/i.test(target.name)) return findTexts(target, count);
  const [best] = await target.reading.languages();
  return best === undefined ? [] : [languageName(best)];
}

/** The sentences that carry most of the document, in their own order. */
function keySentences({ reading }: Target, items: JsonSchema, count: number): string[] {
  const fitting = reading.sentences.filter((sentence) => meetsTextRules(items, sentence));
  return rankSentences(fitting)
    .slice(0, Math.min(KEY_SENTENCES, count))
    .sort((left, right) => left.index - right.index)
    .map(({ sentence }) => sentence);
}

interface Padding {
  target: Target;
  items: JsonSchema;
  values: readonly unknown[];
  minimum: number;
}

/** Adds items until the schema's minimum is reached: unused options first, then whatever fits the item. */
async function padItems({ target, items, values, minimum }: Padding): Promise<unknown[]> {
  const padded = [...values];
  const unused = listOf(items, "enum").filter((option) => !padded.includes(option));
  while (padded.length < minimum && unused.length > 0) padded.push(unused.shift());
  while (padded.length < minimum) padded.push((await target.fill({ ...target, schema: items })).value);
  return padded;
}
