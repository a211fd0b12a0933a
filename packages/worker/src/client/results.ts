import { type ErrorRecord, type JsonValue, parseJson, type RunStatus } from "@sluice/core";
import type { Backend } from "../backend/backend.ts";
import type { RunDocument, RunRecord } from "../backend/run-record.ts";
import type { RunFilter } from "../backend/run-store.ts";

/** One line of `run --out`, `export` and `--json`. The keys are stable; times are ISO 8601. */
export interface ResultLine {
  run: string;
  batch: string;
  pipeline: string;
  version: number;
  document: RunDocument;
  status: RunStatus;
  /** Null unless the run is completed. */
  output: JsonValue;
  error: ErrorRecord | null;
  requests: number;
  models: string[];
  cached: boolean;
  startedAt: string | null;
  finishedAt: string | null;
}

/** A run and its output as a result line. */
export function resultLine(run: RunRecord, outputText: string | undefined): ResultLine {
  return {
    run: run.id,
    batch: run.batchId,
    pipeline: run.pipeline,
    version: run.version,
    document: run.document,
    status: run.status,
    // What a run recorded was JSON when it was written.
    output: outputText === undefined ? null : (parseJson(outputText) as JsonValue),
    error: run.error,
    requests: run.requests,
    models: run.models,
    cached: run.cached,
    startedAt: isoTime(run.startedAt),
    finishedAt: isoTime(run.finishedAt),
  };
}

/** The results of many runs, read one by one so that memory stays bounded. */
export async function* results(backend: Backend, filter: RunFilter): AsyncGenerator<ResultLine> {
  for await (const run of backend.runs.list(filter)) {
    yield resultLine(run, await backend.runs.readOutput(run.id));
  }
}

function isoTime(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
