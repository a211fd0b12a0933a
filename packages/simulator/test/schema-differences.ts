import { z } from "zod";

/**
 * What is different between a value and a schema, as `path: what` lines without repetition: what the schema
 * refuses, fields it does not know, and values its open enums do not list.
 */
export function differences(schema: z.core.$ZodType, value: unknown): string[] {
  const parsed = z.safeParse(schema, value);
  const refused = parsed.success
    ? []
    : parsed.error.issues.map(({ path, code }) => `${pathName(path)}: ${code}`);
  return [...new Set([...refused, ...unknownParts(schema, value, "")])].sort();
}

function unknownParts(schema: z.core.$ZodType, value: unknown, path: string): string[] {
  if (value === null || value === undefined) return [];
  if (schema instanceof z.ZodPipe) return unknownParts(schema.in, value, path);
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodLazy) {
    return unknownParts(schema.unwrap(), value, path);
  }
  if (schema instanceof z.ZodArray && Array.isArray(value)) {
    return value.flatMap((item) => unknownParts(schema.element, item, `${path}[]`));
  }
  if (schema instanceof z.ZodUnion) return unknownInUnion(schema.options, value, path);
  if (!(schema instanceof z.ZodObject) || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, field]) => {
    const inner = `${path}${path === "" ? "" : "."}${key}`;
    const known = schema.shape[key];
    return known === undefined ? [`${inner}: unknown field`] : unknownParts(known, field, inner);
  });
}

/** An open enum is a union of literals and any string; any other union is judged by its best option. */
function unknownInUnion(options: readonly z.core.$ZodType[], value: unknown, path: string): string[] {
  const literals = options.flatMap((option) => (option instanceof z.ZodLiteral ? [...option.values] : []));
  if (literals.length > 0) {
    return literals.some((literal) => literal === value) ? [] : [`${path}: unlisted value ${String(value)}`];
  }
  const [best = []] = options
    .filter((option) => z.safeParse(option, value).success)
    .map((option) => unknownParts(option, value, path))
    .sort((one, other) => one.length - other.length);
  return best;
}

function pathName(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (typeof key === "number" ? "[]" : `.${String(key)}`))
    .join("")
    .replace(/^\./, "");
}
