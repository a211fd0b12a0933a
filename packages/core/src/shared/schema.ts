import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec";
import { z } from "zod";
import { describeProblems, type Problem } from "./problems.ts";

/**
 * What a value must look like: a zod schema, or one of any other library that follows Standard Schema. A schema whose
 * answers are asked of a model must also tell its JSON schema (`~standard.jsonSchema`); zod's do.
 */
export type Schema<Output> = z.ZodType<Output> | StandardSchemaV1<unknown, Output>;

/** The value as the schema gives it, or what is wrong with it, in words that name paths. */
export type Checked<T> = { ok: true; value: T } | { ok: false; problem: string };

/** Holds a value against a schema. A promise only where the schema's own check is asynchronous. */
export function checkValue<T>(schema: Schema<T>, value: unknown): Checked<T> | Promise<Checked<T>> {
  const result = schema["~standard"].validate(value);
  return result instanceof Promise
    ? result.then((settled) => toChecked(settled, value))
    : toChecked(result, value);
}

/** True for a schema made by zod, whichever copy of it. */
export function isZod(schema: Schema<unknown>): schema is z.ZodType {
  return "_zod" in schema;
}

/**
 * The JSON schema of a value before (`input`) or after (`output`) the schema's own changes; parts that JSON schema has
 * no word for are left open. Null where the schema tells none.
 */
export function jsonSchemaOf(schema: Schema<unknown>, side: "input" | "output"): unknown {
  if (isZod(schema)) return z.toJSONSchema(schema, { io: side, unrepresentable: "any" });
  return tellsJsonSchema(schema) ? schema["~standard"].jsonSchema[side]({ target: "draft-2020-12" }) : null;
}

function tellsJsonSchema(
  schema: StandardSchemaV1<unknown, unknown>,
): schema is StandardSchemaV1<unknown, unknown> & StandardJSONSchemaV1<unknown, unknown> {
  return "jsonSchema" in schema["~standard"];
}

function toChecked<T>(result: StandardSchemaV1.Result<T>, value: unknown): Checked<T> {
  if (!result.issues) return { ok: true, value: result.value };
  return { ok: false, problem: describeProblems(result.issues.map(toProblem), value) };
}

function toProblem({ message, path = [] }: StandardSchemaV1.Issue): Problem {
  return { message, path: path.map((part) => (typeof part === "object" ? part.key : part)) };
}
