import {
  type ErrorRecord,
  type JsonValue,
  type PackedAnswer,
  type RunStatus,
  SluiceError,
  toErrorRecord,
} from "@sluice/core";
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
  /** True when the run is completed and its output was pruned; absent otherwise. */
  pruned?: true;
  error: ErrorRecord | null;
  requests: number;
  models: string[];
  cached: boolean;
  /** The answers that were given together with those of other runs, by step; absent when there is none. */
  packs?: readonly PackedAnswer[];
  startedAt: string | null;
  finishedAt: string | null;
}

/** A run and its output as a result line. */
export function resultLine(run: RunRecord, outputText: string | undefined): ResultLine {
  const isCompleted = run.status === "completed";
  return {
    run: run.id,
    batch: run.batchId,
    pipeline: run.pipeline,
    version: run.version,
    document: run.document,
    status: run.status,
    // What a run recorded was JSON when it was written, and comes back unchanged whatever its keys are. One that goes
    // again has the output of before until it ends.
    output: outputText === undefined || !isCompleted ? null : (JSON.parse(outputText) as JsonValue),
    ...(isCompleted && outputText === undefined ? { pruned: true } : {}),
    error: run.error,
    requests: run.requests,
    models: run.models,
    cached: run.cached,
    ...(run.packs && { packs: run.packs }),
    startedAt: isoTime(run.startedAt),
    finishedAt: isoTime(run.finishedAt),
  };
}

/** A run's result line. An output that is damaged in the store is never shown: the line has the error instead. */
export async function readResult({ runs }: Backend, run: RunRecord): Promise<ResultLine> {
  try {
    return resultLine(run, await runs.readOutput(run.id));
  } catch (error) {
    if (!SluiceError.has(error, "STATE_INVALID")) throw error;
    return { ...resultLine(run, "null"), error: run.error ?? toErrorRecord(error) };
  }
}

/** What is needed of a result line to mark it as exported. */
export type ExportedLine = Pick<ResultLine, "run" | "status" | "finishedAt">;

/** Marks stored at a time. */
const MARKS = 500;

/**
 * Notes that result lines have arrived where they are kept, so that `prune` may remove the runs. To be called after they
 * have: a line that is marked and was not written could be lost. Lines of runs that are not completed need no mark.
 */
export async function markExported({ runs }: Backend, lines: Iterable<ExportedLine>): Promise<void> {
  const marks = [...lines].flatMap(({ run: id, status, finishedAt }) =>
    status === "completed" && finishedAt !== null ? [{ id, finishedAt: Date.parse(finishedAt) }] : [],
  );
  for (let start = 0; start < marks.length; start += MARKS) {
    await runs.markExported(marks.slice(start, start + MARKS));
  }
}

/**
 * The results of many runs, read one by one so that memory stays bounded. Reading marks nothing as exported; see
 * {@link markExported}.
 */
export async function* results(backend: Backend, filter: RunFilter): AsyncGenerator<ResultLine> {
  for await (const run of backend.runs.list(filter)) {
    yield await readResult(backend, run);
  }
}

function isoTime(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
