import { type Backend, type ResultLine, results } from "@sluice/worker";
import { columnsOf, type Io, print, printJson } from "../io.ts";
import { MAX_ROWS, renderResults } from "../render/results-table.ts";
import { ResultFile, type ResultTarget } from "./result-file.ts";

/** What the results of a batch came to. */
export interface ResultSummary {
  total: number;
  completed: number;
  failed: number;
  /** HTTP requests spent on the batch. */
  requests: number;
  /** Completed runs that cost no request, because every answer was in the cache. */
  cached: number;
}

/** How results are shown. */
export interface WriteOptions {
  /** One JSON line for each run instead of a table. */
  json: boolean;
  /** Also written here. */
  target?: ResultTarget | undefined;
}

/** Prints the results of a batch, and writes them to a file, in one pass over the records. */
export async function writeResults(
  backend: Backend,
  batchId: string,
  options: WriteOptions & { io: Pick<Io, "stdout"> },
): Promise<ResultSummary> {
  const { json, target, io } = options;
  await using file = target ? await ResultFile.begin(target) : undefined;
  const shown: ResultLine[] = [];
  let summary: ResultSummary = { total: 0, completed: 0, failed: 0, requests: 0, cached: 0 };
  for await (const line of results(backend, { batchId })) {
    summary = added(summary, line);
    await file?.write(line);
    if (json) await printJson(io, line);
    else if (shown.length < MAX_ROWS) shown.push(line);
  }
  await file?.finish();
  if (!json) await print(io, tableOf(shown, summary.total, columnsOf(io.stdout)));
  return summary;
}

function tableOf(shown: readonly ResultLine[], total: number, columns: number): string {
  const table = renderResults(shown, columns);
  return total > shown.length ? `${table}\n(${total - shown.length} more)` : table;
}

function added(summary: ResultSummary, line: ResultLine): ResultSummary {
  return {
    total: summary.total + 1,
    completed: summary.completed + (line.status === "completed" ? 1 : 0),
    failed: summary.failed + (line.status === "failed" ? 1 : 0),
    requests: summary.requests + line.requests,
    cached: summary.cached + (line.cached ? 1 : 0),
  };
}
