import { asObject, type JsonSchema, listOf, numberOf, requiredOf, schemaMapOf } from "./schema.ts";
import type { Filled, Target } from "./target.ts";

const MAX_DEPTH = 12;

/** Fills an object: required properties always, optional ones when the document has something for them. */
export async function fillObject(target: Target): Promise<Filled> {
  const { schema, reading, depth } = target;
  const required = requiredOf(schema);
  const properties = schemaMapOf(schema, "properties");
  const value: Record<string, unknown> = {};
  let found = properties.length === 0;
  for (const [name, property] of properties) {
    if (depth > MAX_DEPTH && !required.has(name)) continue;
    const section = reading.sections.find(({ id }) => id === name);
    const own = section === undefined ? reading : reading.ofSection(section);
    const filled = await target.fill({ ...target, schema: property, name, reading: own });
    if (filled.found || required.has(name)) value[name] = filled.value;
    found ||= filled.found;
  }
  Object.assign(value, await fillOpenKeys(target, value));
  return { value, found };
}

/** Keys without a name of their own: prescribed ones, one per section, or as many as the schema demands. */
async function fillOpenKeys(
  target: Target,
  known: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const { schema, reading } = target;
  const open: JsonSchema | undefined =
    schema["additionalProperties"] === true ? {} : asObject(schema["additionalProperties"]);
  const value: Record<string, unknown> = {};
  for (const name of openKeys(target, known, open !== undefined)) {
    const section = reading.sections.find(({ id }) => id === name);
    const own = section === undefined ? reading : reading.ofSection(section);
    value[name] = (await target.fill({ ...target, schema: open ?? {}, name, reading: own })).value;
  }
  return value;
}

function openKeys({ schema, reading }: Target, known: Record<string, unknown>, isOpen: boolean): string[] {
  const missing = [...requiredOf(schema)].map(String).filter((name) => !(name in known));
  const prescribed = listOf(asObject(schema["propertyNames"]) ?? {}, "enum").map(String);
  if (prescribed.length > 0) return prescribed.filter((name) => !(name in known));
  if (!isOpen) return missing;
  const perSection = schema["properties"] === undefined ? reading.sections.map(({ id }) => id) : [];
  const keys = [...new Set([...missing, ...perSection])];
  const minimum = (numberOf(schema, "minProperties") ?? 0) - Object.keys(known).length;
  while (keys.length < minimum) keys.push(`key${keys.length + 1}`);
  return keys;
}
