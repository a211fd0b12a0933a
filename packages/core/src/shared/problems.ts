import { isRecord } from "./json.ts";

/** What is wrong with one part of a value. */
export interface Problem {
  message: string;
  path: readonly PropertyKey[];
}

/** Offending values are shown up to this many characters: enough to recognise, too few for a document. */
const MAX_SHOWN_CHARS = 200;

const MAX_PROBLEMS = 10;

/**
 * One line for each problem, with its path and the value that stands there, shortened:
 *
 * ```
 * items[2].total: Invalid input: expected number, received string (got "12 EUR")
 * ```
 */
export function describeProblems(problems: readonly Problem[], value: unknown): string {
  const lines = problems.slice(0, MAX_PROBLEMS).map(({ message, path }) => {
    const where = path.length > 0 ? `${pathText(path)}: ` : "";
    return `${where}${message}${shown(valueAt(value, path))}`;
  });
  const left = problems.length - lines.length;
  return [...lines, ...(left > 0 ? [`and ${left} more`] : [])].join("\n");
}

/** `items[2].total` */
export function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) =>
      typeof part === "number" ? `[${part}]` : `${index === 0 ? "" : "."}${String(part)}`,
    )
    .join("");
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const part of path) {
    if (Array.isArray(at)) at = at[Number(part)];
    else at = isRecord(at) ? at[String(part)] : undefined;
  }
  return at;
}

function shown(value: unknown): string {
  if (value === undefined) return "";
  const text = textOf(value);
  return ` (got ${text.length > MAX_SHOWN_CHARS ? `${text.slice(0, MAX_SHOWN_CHARS)}…` : text})`;
}

function textOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    // A bigint, a cycle, or more levels than there is stack: JSON has no words for it.
    return typeof value === "object" ? "a value that is no JSON" : String(value);
  }
}
