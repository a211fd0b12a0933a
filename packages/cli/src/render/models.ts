import { renderTable } from "./table.ts";

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
  /** Why it is never asked; null for a free model. */
  refused: string | null;
}

/** Models as a table; reasons stand in it only where there is one. */
export function renderModels(rows: readonly ModelRow[], columns: number): string {
  const showsReasons = rows.some((row) => row.refused !== null);
  const head = [
    "model",
    "context",
    "answer",
    "schema",
    "tools",
    ...(showsReasons ? ["refused because"] : []),
  ];
  const cells = rows.map((row) => [
    row.id,
    tokens(row.contextTokens),
    tokens(row.outputTokens),
    row.schema ? "yes" : "",
    row.tools ? "yes" : "",
    ...(showsReasons ? [row.refused ?? ""] : []),
  ]);
  return renderTable(head, cells, columns).text;
}

function tokens(count: number): string {
  return count >= 1_000 ? `${Math.floor(count / 1_000)}k` : String(count);
}
