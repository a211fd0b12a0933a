import type { ErrorRecord, LogFacts, RunUsage } from "@sluice/core";
import type { StatusCounts } from "@sluice/worker";
import type { Activity } from "../working/activity.ts";
import { printable } from "./printable.ts";
import { clockTime, dateTime } from "./time.ts";

/** `done   inbox/a.txt (1 request, google/gemma-4-31b-it:free)` */
export function renderFinished(document: string, { requests, models, cached }: RunUsage): string {
  const how = cached ? "from the cache" : [plural(requests, "request"), ...models].join(", ");
  return `done   ${printable(document)} (${printable(how)})`;
}

/** `failed inbox/b.pdf: DOCUMENT_EMPTY: …` */
export function renderFailure(document: string, error: ErrorRecord): string {
  return `failed ${printable(document)}: ${printable(`${error.code}: ${error.message}`)}`;
}

/** `parked inbox/c.txt until 00:00 UTC (01:00 local): day` */
export function renderParked(document: string, { until, why }: { until: number; why: string }): string {
  return `parked ${printable(document)} until ${clockTime(until)}: ${printable(why)}`;
}

/** `waits  inbox/d.txt at release: Pay 12 to ACME? (until 2026-01-31 14:05:09 UTC) · answer: sluice approve k7w2…` */
export function renderWaiting(
  document: string,
  { runId, step, question, until }: { runId: string; step: string; question: string; until: number | null },
  program: string,
): string {
  const end = until === null ? "" : ` (until ${dateTime(until)} UTC)`;
  const asked = `waits  ${printable(document)} at ${printable(step)}: ${printable(question)}${end}`;
  return `${asked} · answer: ${program} approve ${runId}`;
}

/** `log    inbox/a.txt rows: read the table (rows=12, whole=true)` */
export function renderLog(
  document: string,
  { step, message, facts }: { step: string; message: string; facts: LogFacts },
): string {
  return `log    ${printable(document)} ${printable(step)}: ${printable(`${message}${renderFactsInLine(facts)}`)}`;
}

/** ` (rows=12, whole=true)`; nothing when there are none. */
export function renderFactsInLine(facts: LogFacts): string {
  const told = Object.entries(facts).map(([name, value]) => `${name}=${value}`);
  return told.length > 0 ? ` (${told.join(", ")})` : "";
}

/** What stands beside the bar: `2 failed, 3 parked · 41 requests · google/gemma-4-31b-it:free`. */
export function renderActivity(counts: StatusCounts, { requests, model }: Activity): string {
  const exceptions = (["failed", "parked", "waiting"] as const)
    .filter((status) => counts[status] > 0)
    .map((status) => `${counts[status]} ${status}`)
    .join(", ");
  const parts = [exceptions, plural(requests, "request"), printable(model ?? "")];
  return parts.filter((part) => part !== "").join(" · ");
}

/** `1 request`, `2 requests`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
