import type { ErrorRecord, RunUsage } from "@sluice/core";
import type { StatusCounts } from "@sluice/worker";
import type { Activity } from "../working/activity.ts";
import { printable } from "./printable.ts";
import { clockTime } from "./time.ts";

/** `done   inbox/a.txt (1 request, google/gemma-4-31b-it:free)` */
export function renderFinished(document: string, { requests, models, cached }: RunUsage): string {
  const how = cached ? "from the cache" : [plural(requests, "request"), ...models].join(", ");
  return `done   ${printable(document)} (${how})`;
}

/** `failed inbox/b.pdf: DOCUMENT_EMPTY: …` */
export function renderFailure(document: string, error: ErrorRecord): string {
  return `failed ${printable(document)}: ${error.code}: ${printable(error.message)}`;
}

/** `parked inbox/c.txt until 00:00 UTC (01:00 local): day` */
export function renderParked(document: string, { until, why }: { until: number; why: string }): string {
  return `parked ${printable(document)} until ${clockTime(until)}: ${printable(why)}`;
}

/** What stands beside the bar: `2 failed, 3 parked · 41 requests · google/gemma-4-31b-it:free`. */
export function renderActivity(counts: StatusCounts, { requests, model }: Activity): string {
  const exceptions = (["failed", "parked"] as const)
    .filter((status) => counts[status] > 0)
    .map((status) => `${counts[status]} ${status}`)
    .join(", ");
  return [exceptions, plural(requests, "request"), model ?? ""].filter((part) => part !== "").join(" · ");
}

/** `1 request`, `2 requests`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
