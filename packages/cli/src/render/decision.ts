import { printable, printableText } from "./printable.ts";
import { dateTime } from "./time.ts";

/** A step to be decided. */
export interface Question {
  step: string;
  /** Null while the run has not come to the step. */
  question: string | null;
  /** When the step decides by itself, in epoch milliseconds; null when it never does, or not yet. */
  until: number | null;
}

/** What a run asks, for a person: the question, how long there is, and what the decision must look like. */
export function renderQuestion({ step, question, until }: Question, schema: unknown): string {
  const end = until === null ? [] : [`until ${dateTime(until)} UTC; after that the step decides by itself`];
  return [
    `step ${printable(step)}`,
    ...end,
    "",
    printableText(question ?? "The run has not come to this step yet."),
    "",
    `decision ${printableText(JSON.stringify(schema, null, 2) ?? "null")}`,
  ].join("\n");
}

/** A value that has the shape of a JSON schema's simple parts, as an example to type after. */
export function exampleOf(schema: unknown): unknown {
  if (!isObject(schema)) return null;
  const { const: only, enum: words, type, properties, required } = schema;
  const variants = schema.anyOf ?? schema.oneOf;
  if (only !== undefined) return only;
  if (Array.isArray(words)) return words[0];
  if (Array.isArray(variants)) return exampleOf(variants[0]);
  if (type === "object") {
    const needed = Array.isArray(required) ? required : [];
    const fields = Object.entries(isObject(properties) ? properties : {});
    return Object.fromEntries(
      fields.filter(([name]) => needed.includes(name)).map(([name, field]) => [name, exampleOf(field)]),
    );
  }
  return EXAMPLES[String(type)] ?? null;
}

const EXAMPLES: Readonly<Record<string, unknown>> = {
  boolean: true,
  string: "…",
  number: 0,
  integer: 0,
  array: [],
};

type JsonSchema = Readonly<
  Partial<Record<"const" | "enum" | "type" | "properties" | "anyOf" | "oneOf" | "required", unknown>>
>;

function isObject(value: unknown): value is JsonSchema & Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
