/** A JSON schema, or a part of one, as plain data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** The value when it is a plain object. */
export function asObject(value: unknown): JsonSchema | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return Object.fromEntries(Object.entries(value));
}

/** A keyword's text, or an empty string. */
export function textOf(schema: JsonSchema, keyword: string): string {
  const value = schema[keyword];
  return typeof value === "string" ? value : "";
}

/** A keyword's number. */
export function numberOf(schema: JsonSchema, keyword: string): number | undefined {
  const value = schema[keyword];
  return typeof value === "number" ? value : undefined;
}

/** A keyword's list of schemas; empty when absent. `true` counts as a schema without rules. */
export function schemasOf(schema: JsonSchema, keyword: string): JsonSchema[] {
  return listOf(schema, keyword).flatMap((item) => {
    const part: JsonSchema | undefined = item === true ? {} : asObject(item);
    return part === undefined ? [] : [part];
  });
}

/** A keyword's list; empty when absent. */
export function listOf(schema: JsonSchema, keyword: string): unknown[] {
  const value = schema[keyword];
  return Array.isArray(value) ? value : [];
}

/** A keyword's schemas by name, in order. */
export function schemaMapOf(schema: JsonSchema, keyword: string): Array<[string, JsonSchema]> {
  return Object.entries(asObject(schema[keyword]) ?? {}).flatMap(([name, value]) => {
    const part = value === true ? {} : asObject(value);
    return part === undefined ? [] : [[name, part]];
  });
}

/** Names of the required properties. */
export function requiredOf(schema: JsonSchema): ReadonlySet<unknown> {
  return new Set(listOf(schema, "required"));
}

/** The schema with `$ref` followed, `allOf` merged, and a list of types turned into `anyOf`. */
export function resolve(schema: JsonSchema, root: JsonSchema): JsonSchema {
  const followed = followRefs(schema, root);
  const merged = schemasOf(followed, "allOf").reduce(
    (sum: JsonSchema, part) => merge(sum, resolve(part, root)),
    followed,
  );
  const types = listOf(merged, "type");
  if (types.length === 0) return merged;
  const { type: _, ...rest } = merged;
  if (types.length === 1) return { ...rest, type: types[0] };
  return { anyOf: types.map((type) => ({ ...rest, type })) };
}

function followRefs(schema: JsonSchema, root: JsonSchema): JsonSchema {
  let current = schema;
  for (let hops = 0; hops < 20; hops++) {
    const ref = current["$ref"];
    if (typeof ref !== "string") return current;
    const { $ref: _, ...siblings } = current;
    current = { ...(lookUp(ref, root) ?? {}), ...siblings };
  }
  return {};
}

function lookUp(ref: string, root: JsonSchema): JsonSchema | undefined {
  const steps = ref
    .replace(/^#\/?/, "")
    .split("/")
    .filter((step) => step !== "");
  return steps.reduce<JsonSchema | undefined>((at, step) => {
    const name = decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
    return asObject(at?.[name]);
  }, root);
}

function merge(left: JsonSchema, right: JsonSchema): JsonSchema {
  const required = [...new Set([...listOf(left, "required"), ...listOf(right, "required")])];
  return {
    ...left,
    ...right,
    ...(required.length === 0 ? {} : { required }),
    ...(left["properties"] === undefined && right["properties"] === undefined
      ? {}
      : { properties: { ...asObject(left["properties"]), ...asObject(right["properties"]) } }),
  };
}
