import { z } from "zod";
import { SluiceError } from "../../errors/sluice-error.ts";
import { isZod, jsonSchemaOf, type Schema } from "../../shared/schema.ts";

/** A schema in the form that is sent to models. */
export interface AnswerSchema {
  name: string;
  schema: Record<string, unknown>;
}

const jsonObject = z.record(z.string(), z.unknown());

/**
 * The JSON schema that is sent for a step's schema.
 *
 * The input side is taken (what a model must write, before transforms run). A schema whose root is not an object is
 * refused: many servers take none other.
 *
 * @param option the name of the option that holds the schema, for messages. Default "output".
 * @throws SluiceError PIPELINE_INVALID when it cannot be expressed as JSON schema, with what to use instead.
 */
export function answerSchema(schema: Schema<unknown>, where: string, option = "output"): AnswerSchema {
  const json = isZod(schema) ? zodJsonSchema(schema, where, option) : toldJsonSchema(schema, where, option);
  if (json["type"] !== "object") {
    throw new SluiceError("PIPELINE_INVALID", {
      message: `${where}: \`${option}\` must be an object schema so that every server takes it; wrap the value in a field.`,
      facts: { where },
    });
  }
  const { $schema: _, ...rest } = json;
  return { name: "answer", schema: rest };
}

function toldJsonSchema(schema: Schema<unknown>, where: string, option: string): Record<string, unknown> {
  const json = jsonObject.safeParse(jsonSchemaOf(schema, "input"));
  if (json.success) return json.data;
  throw new SluiceError("PIPELINE_INVALID", {
    message: `${where}: \`${option}\` does not tell its JSON schema, which a model must be sent. Use a zod schema, or one with \`~standard.jsonSchema\`.`,
    facts: { where },
  });
}

function zodJsonSchema(schema: z.ZodType, where: string, option: string): Record<string, unknown> {
  try {
    return jsonObject.parse(sendable(schema));
  } catch (cause) {
    const { path, reason } = findUnsendable(schema, []);
    throw new SluiceError("PIPELINE_INVALID", {
      message: `${where}: \`${[option, ...path].join(".")}\` cannot be sent as JSON schema (${reason}). Use z.iso.date() or z.iso.datetime() for dates, arrays for sets, z.record() for maps, z.number() or z.string() for bigints.`,
      facts: { where, path },
      cause,
    });
  }
}

/** The input side as JSON schema: a copy without zod's own markers, which other libraries would take for theirs. */
function sendable(schema: z.ZodType): unknown {
  return JSON.parse(JSON.stringify(z.toJSONSchema(schema, { io: "input" })));
}

/** The innermost part of a schema that cannot be sent, and why. */
function findUnsendable(
  schema: z.core.$ZodType,
  path: readonly string[],
): { path: readonly string[]; reason: string } {
  for (const [key, part] of partsOf(schema)) {
    if (!isSendable(part)) return findUnsendable(part, key === "" ? path : [...path, key]);
  }
  return { path, reason: whyUnsendable(schema) };
}

function partsOf(schema: z.core.$ZodType): Array<[string, z.core.$ZodType]> {
  if (schema instanceof z.ZodObject) return Object.entries(schema.shape);
  if (schema instanceof z.ZodArray) return [["[]", schema.element]];
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return [["", schema.unwrap()]];
  if (schema instanceof z.ZodUnion) return schema.options.map((option) => ["", option]);
  if (schema instanceof z.ZodRecord) return [["[]", schema.valueType]];
  return [];
}

function isSendable(schema: z.core.$ZodType): boolean {
  return whyUnsendable(schema) === "";
}

function whyUnsendable(schema: z.core.$ZodType): string {
  try {
    z.toJSONSchema(schema, { io: "input" });
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** How the schema is told to a model that honours none on the wire. */
export function schemaPrompt(answer: AnswerSchema): string {
  return `Answer with one JSON value and nothing else. It must fit this JSON schema:\n\`\`\`json\n${JSON.stringify(answer.schema)}\n\`\`\``;
}
