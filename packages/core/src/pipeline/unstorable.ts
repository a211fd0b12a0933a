import { z } from "zod";
import { isZod, type Schema } from "../shared/schema.ts";

/** Types whose values JSON would lose or change. */
const UNSTORABLE = new Set(["date", "map", "set", "bigint", "symbol", "function", "promise", "nan", "file"]);

/**
 * The first part of a schema's output that JSON cannot hold, or undefined. What a transform makes is not known before it
 * runs; the executor looks at the value then.
 */
export function unstorable(schema: Schema<unknown>): { path: string[]; type: string } | undefined {
  if (!isZod(schema)) return undefined;
  let found: { path: string[]; type: string } | undefined;
  z.toJSONSchema(schema, {
    io: "output",
    unrepresentable: "any",
    override: ({ zodSchema, path }) => {
      const { type } = zodSchema._zod.def;
      if (UNSTORABLE.has(type)) found ??= { path: path.filter(isName).map(String), type };
    },
  });
  return found;
}

/** The path names JSON schema's own fields too. */
function isName(part: string | number): boolean {
  return part !== "properties" && part !== "items" && part !== "anyOf" && part !== "additionalProperties";
}
