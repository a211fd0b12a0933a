/** The word that the fences of these tests share. */
export const NONCE = "q4vnx7me2b";

/** What stands behind all items, whatever the step. */
export const CONTRACT =
  "Answer with one entry for each item, under its id, in the order in which they stand here.";

/** What stands around a document that is asked about, alone or with others. */
export interface Surroundings {
  prefix: string;
  suffix: string;
}

type Items = ReadonlyArray<{ id: string; text: string }>;

/** The last user message of a packed request, with everything around the items as it stands around a single one. */
export function packedPrompt({ prefix, suffix }: Surroundings, items: Items): string {
  const start = prefix === "" || prefix.endsWith("\n") ? prefix : `${prefix}\n`;
  const end = suffix === "" || suffix.startsWith("\n") ? suffix : `\n${suffix}`;
  return `${start}${fenced(items)}${end}\n\n${CONTRACT}`;
}

/** The same with blank lines between all its parts, for surroundings that end where a line ends. */
export function spacedPrompt({ prefix, suffix }: Surroundings, items: Items): string {
  const parts = [prefix.trimEnd(), fenced(items), suffix.trim(), CONTRACT];
  return parts.filter((part) => part !== "").join("\n\n");
}

function fenced(items: Items): string {
  return items.map(({ id, text }) => `<<<item ${id} ${NONCE}\n${text}\n>>>item ${id} ${NONCE}`).join("\n\n");
}

/** The schema that a packed request asks for, made from the schema of the step. */
export function packedSchema(step: Record<string, unknown>): Record<string, unknown> {
  const { $defs, ...entry } = step;
  const properties = { id: { type: "string" }, ...Object(entry["properties"]) };
  const required = ["id", ...(Array.isArray(entry["required"]) ? entry["required"] : [])];
  return {
    type: "object",
    properties: { items: { type: "array", items: { ...entry, properties, required } } },
    required: ["items"],
    additionalProperties: false,
    ...($defs === undefined ? {} : { $defs }),
  };
}
