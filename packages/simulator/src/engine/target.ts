import type { Polarity } from "./clauses.ts";
import type { Reading } from "./reading.ts";
import { type JsonSchema, textOf } from "./schema.ts";
import { identifierWords, meaningfulStems } from "./words.ts";

/** A value for a place in the answer, and whether the document really gave it. */
export interface Filled {
  value: unknown;
  found: boolean;
}

/** A place in the answer that waits for its value. */
export interface Target {
  schema: JsonSchema;
  /** Name of the property; for array items the name of the array. */
  name: string;
  reading: Reading;
  /** Nesting, to stop at schemas that contain themselves. */
  depth: number;
  /** Fills a place inside this one. */
  fill: (target: Target) => Promise<Filled>;
  /** The whole schema, for references. */
  root: JsonSchema;
}

/** The words of the name, in lower case. */
export function nameWords(target: Target): string[] {
  return identifierWords(target.name || textOf(target.schema, "title"));
}

/** Name, title and description as one lower-case text. */
export function wording({ name, schema }: Target): string {
  const words = identifierWords(name).join(" ");
  return `${words} ${textOf(schema, "title")} ${textOf(schema, "description")}`.toLowerCase();
}

/** Stems of everything that says what the property means. */
export function wantedStems(target: Target): ReadonlySet<string> {
  return new Set(meaningfulStems(wording(target)));
}

const POLARITIES: ReadonlyArray<readonly [Polarity, RegExp]> = [
  [
    "denied",
    /\b(limitations?|prohibit\w*|forbid\w*|forbidden|restrictions?|exclusions?|denied|disallow\w*)\b/,
  ],
  ["required", /\b(conditions?|obligations?|requirements?|duties|required)\b/],
  ["granted", /\b(permissions?|permitted|allowed|rights|granted|freedoms)\b/],
];

/** Which clauses speak for the options of a property, told by its name. */
export function polarityOf(target: Target): Polarity {
  const words = nameWords(target).join(" ");
  return POLARITIES.find(([, pattern]) => pattern.test(words))?.[0] ?? "stated";
}
