import { formatDuration } from "@sluice/core";
import type { BatchRecord, ResultLine, RunRecord, StatusCounts } from "@sluice/worker";
import type { PackTrust } from "../working/batch-facts.ts";
import { plural } from "./events.ts";
import { printable } from "./printable.ts";
import { renderTable } from "./table.ts";
import { clockTime, dateTime } from "./time.ts";

/** A run as JSON: the keys of a result line without its output. */
export function runData(run: RunRecord) {
  return {
    run: run.id,
    batch: run.batchId,
    pipeline: run.pipeline,
    version: run.version,
    document: run.document,
    status: run.status,
    priority: run.priority,
    parkedUntil: isoTime(run.parkedUntil),
    parkedWhy: run.parkedWhy,
    waitingFor: run.waitingFor && { ...run.waitingFor, until: isoTime(run.waitingFor.until) },
    error: run.error,
    requests: run.requests,
    models: run.models,
    cached: run.cached,
    packs: run.packs ?? [],
    enqueuedAt: isoTime(run.enqueuedAt),
    startedAt: isoTime(run.startedAt),
    finishedAt: isoTime(run.finishedAt),
    history: run.history.map(({ status, at, why = null }) => ({ status, at: isoTime(at), why })),
  };
}

/** Runs as a table. */
export function renderRuns(runs: readonly RunRecord[], columns: number): string {
  const rows = runs.map((run) => [
    run.id,
    run.batchId,
    `${run.pipeline}@${run.version}`,
    stateOf(run),
    String(run.requests),
    run.document.name,
  ]);
  return renderTable(["run", "batch", "pipeline", "state", "requests", "document"], rows, columns).text;
}

function stateOf({ status, error, parkedUntil, waitingFor }: RunRecord): string {
  if (status === "failed" && error) return `failed ${error.code}`;
  if (waitingFor) return `waiting at ${printable(waitingFor.step)}`;
  return status === "parked" && parkedUntil !== null ? `parked until ${clockTime(parkedUntil)}` : status;
}

/** One run, its steps and its output. */
export function renderRun(run: RunRecord, steps: ReadonlyMap<string, unknown>, line: ResultLine): string {
  const facts: Array<readonly [string, string]> = [
    ["run", run.id],
    ["batch", run.batchId],
    ["pipeline", `${run.pipeline}@${run.version}`],
    ["document", printable(run.document.name)],
    ["state", stateOf(run)],
    ["priority", run.priority === "normal" ? "" : run.priority],
    ["question", printable(run.waitingFor?.question ?? "")],
    ["until", dateTime(run.waitingFor?.until ?? null)],
    ["requests", run.cached ? "0 (answers from the cache)" : String(run.requests)],
    ["models", run.models.map(printable).join(", ")],
    ["enqueued", dateTime(run.enqueuedAt)],
    ["started", dateTime(run.startedAt)],
    ["finished", `${dateTime(run.finishedAt)}${tookOf(run)}`],
  ];
  const parts = [renderFacts(facts.filter(([, value]) => value !== ""))];
  if (run.history.length > 0) parts.push(`history\n${renderHistory(run)}`);
  if (run.error) parts.push(`error ${run.error.code}: ${printable(run.error.message)}`);
  for (const [step, output] of steps) parts.push(`step ${printable(step)}\n${indented(output)}`);
  if (run.status === "completed") parts.push(`output\n${indented(line.output)}`);
  return parts.join("\n\n");
}

/** `  2026-01-31 14:05:09  parked (day)`, oldest first. */
function renderHistory({ history }: RunRecord): string {
  return history
    .map(({ status, at, why }) => `  ${dateTime(at)}  ${status}${why ? ` (${printable(why)})` : ""}`)
    .join("\n");
}

/**
 * A batch: its facts and how many runs are in each state.
 *
 * @param spent requests of its runs so far; shown where the batch was planned.
 */
export function renderBatch(batch: BatchRecord, counts: StatusCounts, spent?: number): string {
  const { plannedRequests } = batch;
  const isPlanned = plannedRequests !== undefined && spent !== undefined;
  const states = Object.entries(counts).filter(([, count]) => count > 0);
  return renderFacts([
    ["batch", batch.id],
    ["pipeline", `${batch.pipeline}@${batch.version}`],
    ["created", dateTime(batch.createdAt)],
    ["runs", plural(batch.total, "run")],
    ...(isPlanned ? [["requests", `${plannedRequests} planned, ${spent} spent`] as const] : []),
    ...states.map(([status, count]) => [status, String(count)] as const),
  ]);
}

/** How far packed answers are trusted, by step and model; nothing where nothing was packed. */
export function renderPackTrust(packs: readonly PackTrust[]): string {
  if (packs.length === 0) return "";
  const rows = packs.map(({ step, model, size, agreement }) => [
    step,
    model,
    String(size),
    agreement === null ? "not known yet" : `${Math.round(agreement * 100)} %`,
  ]);
  return renderTable(["packed step", "model", "items", "agreement"], rows, 80).text;
}

/** Names and values in two columns. */
export function renderFacts(facts: ReadonlyArray<readonly [name: string, value: string]>): string {
  const width = Math.max(...facts.map(([name]) => name.length));
  return facts.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join("\n");
}

function tookOf({ startedAt, finishedAt }: RunRecord): string {
  if (startedAt === null || finishedAt === null) return "";
  return ` (${formatDuration(finishedAt - startedAt)})`;
}

/** JSON escapes what ASCII controls there are; the rest is escaped here, line by line. */
function indented(value: unknown): string {
  return (JSON.stringify(value, null, 2) ?? "null")
    .split("\n")
    .map((line) => `  ${indentOf(line)}${printable(line.trimStart())}`)
    .join("\n");
}

function indentOf(line: string): string {
  return " ".repeat(line.length - line.trimStart().length);
}

function isoTime(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
