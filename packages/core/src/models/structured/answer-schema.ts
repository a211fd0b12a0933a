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
    // A copy without zod's own markers, which other libraries would take for a schema object of theirs.
    return jsonObject.parse(JSON.parse(JSON.stringify(z.toJSONSchema(schema, { io: "input" }))));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SluiceError("PIPELINE_INVALID", {
      message: `${where}: \`output\` cannot be sent as JSON schema (${reason}). Use z.iso.date() for dates, arrays for sets, z.record() for maps.`,
      facts: { where },
      cause,
    });
  }
}

/** How the schema is told to a model that honours none on the wire. */
export function schemaPrompt(answer: AnswerSchema): string {
  return `Answer with one JSON value and nothing else. It must fit this JSON schema:\n\`\`\`json\n${JSON.stringify(answer.schema)}\n\`\`\``;
}
