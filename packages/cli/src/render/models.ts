import { type Catalogue, formatDuration } from "@sluice/core";
import { renderTable } from "./table.ts";
import { clockTime, dateTime } from "./time.ts";

/** A model as `sluice models` shows it; the keys are those of `--json`. */
export interface ModelRow {
  id: string;
  contextTokens: number;
  outputTokens: number;
  /** Honours a JSON schema for its answer. */
  schema: boolean;
  tools: boolean;
  /** Date on which the server takes it away, as it states it. */
  expires: string | null;
  /** Until when it is not asked (ISO 8601), `gone` until the catalogue is read anew, or null when it is well. */
  resting: string | null;
  /** Why it is never asked; null for a free model. */
  refused: string | null;
}

/** Models as a table; rests and reasons stand in it only where there is one. */
export function renderModels(rows: readonly ModelRow[], columns: number): string {
  const showsRests = rows.some((row) => row.resting !== null);
  const showsReasons = rows.some((row) => row.refused !== null);
  const head = [
    "model",
    "context",
    "answer",
    "schema",
    "tools",
    ...(showsRests ? ["resting until"] : []),
    ...(showsReasons ? ["refused because"] : []),
  ];
  const cells = rows.map((row) => [
    row.id,
    tokens(row.contextTokens),
    tokens(row.outputTokens),
    row.schema ? "yes" : "",
    row.tools ? "yes" : "",
    ...(showsRests ? [restOf(row)] : []),
    ...(showsReasons ? [row.refused ?? ""] : []),
  ]);
  return renderTable(head, cells, columns).text;
}

/** A catalogue in numbers. */
interface CatalogueFacts extends Pick<Catalogue, "source" | "fetchedAt"> {
  free: number;
  total: number;
  now: number;
}

/** How many models are free, where the list comes from and how old it is. */
export function renderCatalogueLine({ source, fetchedAt, free, total, now }: CatalogueFacts): string {
  switch (source) {
    case "server":
      return `${free} of ${total} models are free, as the server says now. The others: --all`;
    case "stored":
      return `${free} models are free, as the server said ${formatDuration(now - fetchedAt)} ago (${dateTime(fetchedAt)} UTC). Ask it again: --refresh`;
    case "snapshot":
      return `The server cannot be reached; these ${free} models were free at ${dateTime(fetchedAt)} UTC, before this release.`;
  }
}

function restOf({ resting }: ModelRow): string {
  if (resting === null || resting === "gone") return resting ?? "";
  return clockTime(Date.parse(resting));
}

function tokens(count: number): string {
  return count >= 1_000 ? `${Math.floor(count / 1_000)}k` : String(count);
}
