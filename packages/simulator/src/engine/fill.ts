import { mentions } from "./clauses.ts";
import { fillArray } from "./fill-array.ts";
import { fillObject } from "./fill-object.ts";
import { fillString } from "./fill-string.ts";
import { languageOption } from "./languages.ts";
import { findNumber, fitNumber, numberKind } from "./numbers.ts";
import { bestOption, neutralOption, scaleOption, scoreOptions } from "./options.ts";
import type { Reading } from "./reading.ts";
import { type JsonSchema, listOf, resolve, schemaMapOf, schemasOf, textOf } from "./schema.ts";
import { type Filled, nameWords, polarityOf, type Target, wording } from "./target.ts";
import { meaningfulStems } from "./words.ts";

const MAX_DEPTH = 12;

/**
 * A value that follows the schema, with as much of it as possible taken from the document. References are looked up in
 * `root`, which is the schema itself unless it is a part of another.
 */
export async function fillSchema(schema: JsonSchema, reading: Reading, root = schema): Promise<unknown> {
  const { value } = await fill({ schema, name: "", reading, depth: 0, fill, root });
  return value;
}

async function fill(given: Target): Promise<Filled> {
  const target = { ...given, schema: resolve(given.schema, given.root), depth: given.depth + 1 };
  const filled = await fillResolved(target);
  if (!filled.found && "default" in target.schema) return { value: target.schema["default"], found: false };
  return filled;
}

async function fillResolved(target: Target): Promise<Filled> {
  const { schema } = target;
  if ("const" in schema) return { value: schema["const"], found: true };
  if ("enum" in schema) return fillEnum(target);
  const branches = [...schemasOf(schema, "anyOf"), ...schemasOf(schema, "oneOf")];
  if (branches.length > 0) return fillUnion(target, branches);
  switch (typeOf(schema)) {
    case "object":
      return fillObject(target);
    case "array":
      return fillArray(target);
    case "boolean":
      return fillBoolean(target);
    case "number":
    case "integer":
      return fillNumber(target);
    case "null":
      return { value: null, found: false };
    default:
      return fillString(target);
  }
}

/** The declared type, or the one that the other keywords imply. */
function typeOf(schema: JsonSchema): string {
  const declared = textOf(schema, "type");
  if (declared !== "") return declared;
  if ("properties" in schema || "additionalProperties" in schema) return "object";
  if ("items" in schema || "prefixItems" in schema) return "array";
  return "minimum" in schema || "maximum" in schema ? "number" : "string";
}

async function fillEnum(target: Target): Promise<Filled> {
  const { schema, reading } = target;
  const options = listOf(schema, "enum");
  const own =
    reading.sectionId === undefined ? undefined : options.find((option) => option === reading.sectionId);
  if (own !== undefined) return { value: own, found: true };
  if (/\b(language|languages|lang|locale)\b/.test(nameWords(target).join(" "))) {
    const language = languageOption(await reading.languages(), options);
    if (language !== undefined) return { value: language, found: true };
  }
  const concrete = options.filter((option) => option !== null);
  const scale = scaleOption(concrete, reading.clauses, target.name);
  if (scale !== undefined && !/:/.test(textOf(schema, "description"))) return { value: scale, found: true };
  const hints = textOf(schema, "description");
  const measure = { hints, polarity: polarityOf(target), chooseOne: true };
  const best = bestOption(scoreOptions(concrete, reading.clauses, measure));
  if (best !== undefined) return { value: best, found: true };
  if (scale !== undefined) return { value: scale, found: true };
  return { value: options.includes(null) ? null : neutralOption(options), found: false };
}

/** The first branch the document has something for; null when there is none and null is allowed. */
async function fillUnion(target: Target, branches: readonly JsonSchema[]): Promise<Filled> {
  const { anyOf: _, oneOf: __, ...shared } = target.schema;
  let fallback: Filled | undefined;
  const nullable = branches.some((branch) => branch["type"] === "null" || branch["const"] === null);
  const solid = branches.filter((branch) => branch["type"] !== "null" && branch["const"] !== null);
  if (nullable && target.depth > MAX_DEPTH) return { value: null, found: false };
  for (const branch of byDiscriminator(target, solid)) {
    const filled = await target.fill({ ...target, schema: { ...shared, ...branch } });
    if (filled.found) return filled;
    fallback ??= filled;
  }
  if (nullable || fallback === undefined) return { value: null, found: false };
  return fallback;
}

/** Branches that name themselves by a constant come in the order in which the text bears their names. */
function byDiscriminator(target: Target, branches: readonly JsonSchema[]): JsonSchema[] {
  const labels = branches.map((branch) => labelOf(resolve(branch, target.root)));
  const scores = scoreOptions(labels, target.reading.clauses);
  return branches
    .map((branch, index) => ({ branch, score: scores[index]?.score ?? 0 }))
    .sort((left, right) => right.score - left.score)
    .map(({ branch }) => branch);
}

function labelOf(branch: JsonSchema): string {
  const constants = schemaMapOf(branch, "properties").map(([, property]) => property["const"]);
  return String(constants.find((value) => typeof value === "string") ?? "");
}

function fillBoolean(target: Target): Filled {
  const words = meaningfulStems(target.name).filter(
    (word) => !/^(is|has|contains?|includes?|mentions?)$/.test(word),
  );
  const wanted = words.length > 0 ? words : meaningfulStems(wording(target));
  const value = target.reading.clauses.some(
    (clause) => wanted.length > 0 && !clause.negated && wanted.every((word) => mentions(clause, [word])),
  );
  return { value, found: true };
}

function fillNumber(target: Target): Filled {
  const { schema, reading } = target;
  const words = nameWords(target).filter((word) => word.length > 2);
  const number = findNumber(reading.text, words, numberKind(wording(target)));
  return { value: fitNumber(number ?? 0, schema), found: number !== undefined };
}
