import { z } from "zod";
import { SluiceError } from "../../errors/sluice-error.ts";

/** A schema in the form that is sent to models. */
export interface AnswerSchema {
  name: string;
  schema: Record<string, unknown>;
}

const jsonObject = z.record(z.string(), z.unknown());

/**
 * The JSON schema that is sent for a step's zod schema.
 *
 * The input side is taken (what a model must write, before transforms run). A schema whose root is not an object is
 * refused: many servers take none other.
 *
 * @throws SluiceError PIPELINE_INVALID when zod cannot express it as JSON schema, with what to use instead.
 */
export function answerSchema(schema: z.ZodType, where: string): AnswerSchema {
  const json = toJsonSchema(schema, where);
  if (json["type"] !== "object") {
    throw new SluiceError("PIPELINE_INVALID", {
      message: `${where}: \`output\` must be a z.object() so that every server takes it; wrap the value in a field.`,
      facts: { where },
    });
  }
  const { $schema: _, ...rest } = json;
  return { name: "answer", schema: rest };
}

function toJsonSchema(schema: z.ZodType, where: string): Record<string, unknown> {
  try {
    return jsonObject.parse(sendable(schema));
  } catch (cause) {
    const { path, reason } = findUnsendable(schema, []);
    throw new SluiceError("PIPELINE_INVALID", {
      message: `${where}: \`output${path.map((key) => `.${key}`).join("")}\` cannot be sent as JSON schema (${reason}). Use z.iso.date() or z.iso.datetime() for dates, arrays for sets, z.record() for maps, z.number() or z.string() for bigints.`,
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
