import { isFinished, type JsonValue } from "@sluice/core";
import type { ResultLine } from "@sluice/worker";
import { renderTable } from "./table.ts";

/** More rows than this are for a file, not for a screen. */
export const MAX_ROWS = 50;

/** Fewer columns that can be read tell more than many that cannot. */
const LEAST_WIDTHS = { first: 24, others: 18 } as const;

/** The results of a batch as a table: the document first, then the fields of the outputs. */
export function renderResults(lines: readonly ResultLine[], columns: number): string {
  const fields = [...new Set(lines.flatMap((line) => fieldsOf(line.output)))];
  const showsStatus = lines.some((line) => line.status !== "completed");
  const head = ["document", ...(showsStatus ? ["status"] : []), ...fields];
  const folder = commonFolder(lines.map((line) => line.document.name));
  const rows = lines.map((line) => [
    line.document.name.slice(folder.length),
    ...(showsStatus ? [statusOf(line)] : []),
    ...fields.map((field) => cellOf(line.output, field)),
  ]);
  const { text, leftOut } = renderTable(head, rows, columns, LEAST_WIDTHS);
  return leftOut.length === 0 ? text : `${text}\n(no room for: ${leftOut.join(", ")})`;
}

/** The folder that all names begin with, which says nothing in a narrow column; empty for a single name. */
export function commonFolder(names: readonly string[]): string {
  const [first = "", ...others] = names;
  if (others.length === 0) return "";
  let folder = first.slice(0, first.lastIndexOf("/") + 1);
  while (folder !== "" && !others.every((name) => name.startsWith(folder))) {
    folder = folder.slice(0, folder.lastIndexOf("/", folder.length - 2) + 1);
  }
  return folder;
}

/** An output that is no object has one field, without a name of its own. */
const WHOLE = "output";

function fieldsOf(output: JsonValue): string[] {
  if (output === null) return [];
  return isObject(output) ? Object.keys(output) : [WHOLE];
}

function cellOf(output: JsonValue, field: string): string {
  if (output === null) return "";
  if (isObject(output)) return textOf(output[field]);
  return field === WHOLE ? textOf(output) : "";
}

function textOf(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return "";
  if (Array.isArray(value)) return value.map((item) => textOf(item)).join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function statusOf({ status, error }: ResultLine): string {
  return isFinished(status) && error ? error.code : status;
}

function isObject(value: JsonValue): value is { [key: string]: JsonValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
