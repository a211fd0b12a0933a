import type { LedgerStatus } from "@sluice/core";
import type { BatchProgress } from "@sluice/worker";
import type { ResultSummary } from "../output/write-results.ts";
import type { WorkEnd } from "../working/work-off.ts";
import { plural } from "./events.ts";
import { printable } from "./printable.ts";
import { clockTime } from "./time.ts";

/** `24 of 24 done, 2 from the cache; 22 requests spent.` */
export function renderSummary({ total, completed, failed, cached, requests }: ResultSummary): string {
  const parts = [`${completed} of ${total} done`];
  if (failed > 0) parts.push(`${failed} failed`);
  if (cached > 0) parts.push(`${cached} from the cache`);
  return `${parts.join(", ")}; ${plural(requests, "request")} spent.`;
}

/** `28 of 50 requests left today.` */
export function renderQuotaLeft({ perDay, usedToday }: LedgerStatus): string {
  return `${Math.max(0, perDay - usedToday)} of ${perDay} requests left today.`;
}

/** What to type next after a batch. */
export function renderNext(
  batchId: string,
  { program, isWritten }: { program: string; isWritten: boolean },
): string {
  const lines = [`Next: ${program} show ${batchId}`];
  if (!isWritten) lines.push(`      ${program} export ${batchId} --out results.jsonl`);
  return lines.join("\n");
}

/** Why a batch is not finished, and how to go on with this program. */
export function renderRest(
  end: Exclude<WorkEnd, { kind: "finished" | "halted" }>,
  { finished, total }: Pick<BatchProgress, "finished" | "total">,
  program: string,
): string {
  const resume = `\`${program} worker --drain\``;
  const done = `${finished} of ${total} done`;
  if (end.kind === "interrupted") return `${done}; interrupted, nothing is lost. Go on with: ${resume}`;
  return `${done}; ${renderParking(end)}: ${resume}`;
}

/** `the free day is spent; resumes 00:00 UTC (01:00 local)` */
export function renderParking({ until, why }: { until: number; why: string }): string {
  return `${REASONS[why] ?? `waiting (${printable(why)})`}; resumes ${clockTime(until)}`;
}

const REASONS: Readonly<Record<string, string>> = {
  day: "the free day is spent",
  minute: "the minute's requests are spent",
  hold: "the server asked to wait",
  "models cooling": "every model that fits is busy",
};
