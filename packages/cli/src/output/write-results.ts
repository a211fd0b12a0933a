import { type Backend, type ExportedLine, markExported, type ResultLine, results } from "@sluice/worker";
import { columnsOf, type Io, print, printJson } from "../io.ts";
import { MAX_ROWS, renderResults } from "../render/results-table.ts";
import { ResultFile, type ResultTarget } from "./result-file.ts";

/** What the results of a batch came to. */
export interface ResultSummary {
  total: number;
  completed: number;
  failed: number;
  cancelled: number;
  /** Runs that were finished before the batch was enqueued. */
  earlier: number;
  /** HTTP requests spent on the batch; on runs that were finished before, none. */
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
  const written: ExportedLine[] = [];
  const enqueuedAt = (await backend.runs.getBatch(batchId))?.createdAt ?? 0;
  let summary = emptySummary;
  for await (const line of results(backend, { batchId })) {
    summary = added(summary, line, enqueuedAt);
    await file?.write(line);
    if (json) await printJson(io, line);
    else if (shown.length < MAX_ROWS) shown.push(line);
    const { run, status, finishedAt } = line;
    if (file || json) written.push({ run, status, finishedAt });
  }
  await file?.finish();
  // A table leaves out and shortens: what it shows is not exported.
  await markExported(backend, written);
  if (!json) await print(io, tableOf(shown, summary.total, columnsOf(io.stdout)));
  return summary;
}

function tableOf(shown: readonly ResultLine[], total: number, columns: number): string {
  const table = renderResults(shown, columns);
  return total > shown.length ? `${table}\n(${total - shown.length} more)` : table;
}

const emptySummary: ResultSummary = {
  total: 0,
  completed: 0,
  failed: 0,
  cancelled: 0,
  earlier: 0,
  requests: 0,
  cached: 0,
};

function added(summary: ResultSummary, line: ResultLine, enqueuedAt: number): ResultSummary {
  const isEarlier = line.finishedAt !== null && Date.parse(line.finishedAt) < enqueuedAt;
  return {
    total: summary.total + 1,
    completed: summary.completed + (line.status === "completed" ? 1 : 0),
    failed: summary.failed + (line.status === "failed" ? 1 : 0),
    cancelled: summary.cancelled + (line.status === "cancelled" ? 1 : 0),
    earlier: summary.earlier + (isEarlier ? 1 : 0),
    requests: summary.requests + (isEarlier ? 0 : line.requests),
    cached: summary.cached + (line.cached && !isEarlier ? 1 : 0),
  };
}
