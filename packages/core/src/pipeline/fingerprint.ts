import { z } from "zod";
import { hashValue } from "../shared/hash.ts";
import type { NamedStep } from "./pipeline.ts";

/** The hash of a definition: schemas as JSON schema, functions by their source. */
export function fingerprint(
  head: { name: string; version: number; input: z.ZodType },
  steps: readonly NamedStep[],
  makeOutput: ((...args: never[]) => unknown) | null,
): string {
  return hashValue({
    name: head.name,
    version: head.version,
    input: schemaOf(head.input),
    steps: steps.map(({ name, step }) => ({ name, ...describe(step) })),
    output: makeOutput?.toString() ?? null,
  });
}

function describe(step: NamedStep["step"]): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(step).map(([field, value]: [string, unknown]) => {
      if (typeof value === "function") return [field, value.toString()];
      return [field, value instanceof z.ZodType ? schemaOf(value) : value];
    }),
  );
}

function schemaOf(schema: z.ZodType): unknown {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
}
