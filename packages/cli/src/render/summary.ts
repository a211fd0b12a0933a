import type { LedgerStatus } from "@sluice/core";
import type { BatchProgress } from "@sluice/worker";
import type { ResultSummary } from "../output/write-results.ts";
import type { Parked } from "../working/rest.ts";
import type { WorkEnd } from "../working/work-off.ts";
import { plural } from "./events.ts";
import { printable } from "./printable.ts";
import { clockTime } from "./time.ts";

/** `24 of 24 done, 2 from the cache; 22 requests spent.` */
export function renderSummary({
  total,
  completed,
  failed,
  cancelled,
  earlier,
  cached,
  requests,
}: ResultSummary): string {
  const parts = [`${completed} of ${total} done`];
  if (failed > 0) parts.push(`${failed} failed`);
  if (cancelled > 0) parts.push(`${cancelled} cancelled`);
  if (earlier > 0) parts.push(`${earlier} of them before`);
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
  const done = `${finished} of ${total} done`;
  if (end.kind !== "interrupted") return `${done}; ${renderResting(end, program)}`;
  return `${done}; interrupted, nothing is lost. Go on with: \`${program} worker --drain\``;
}

/**
 * What everything that is left waits for: ``the free day is spent; resumes 00:00 UTC (01:00 local): `sluice worker
 * --drain` ``, ``pipeline letters is paused: `sluice queue resume letters` ``, and ``2 runs wait for a decision: `sluice approve k7w2m9qd41zx` ``.
 */
export function renderResting(
  end: Extract<WorkEnd, { kind: "paused" | "resting" }>,
  program: string,
): string {
  if (end.kind === "paused") return `the queue is paused: \`${program} queue resume\``;
  const { parked, paused, asking } = end;
  const parts = [];
  if (parked) parts.push(`${renderParking(parked)}: \`${program} worker --drain\``);
  for (const name of paused.map(printable)) {
    parts.push(`pipeline ${name} is paused: \`${program} queue resume ${name}\``);
  }
  if (asking) {
    const verb = asking.count === 1 ? "waits" : "wait";
    const command = `\`${program} approve ${asking.runId}\``;
    parts.push(`${plural(asking.count, "run")} ${verb} for a decision: ${command}`);
  }
  return parts.join("; ");
}

/** `the free day is spent; resumes 00:00 UTC (01:00 local)` */
function renderParking({ until, why }: Parked): string {
  return `${REASONS[why] ?? `waiting (${printable(why)})`}; resumes ${clockTime(until)}`;
}

const REASONS: Readonly<Record<string, string>> = {
  day: "the free day is spent",
  minute: "the minute's requests are spent",
  hold: "the server asked to wait",
  "models cooling": "every model that fits is busy",
  sleep: "a step sleeps",
  delay: "enqueued for later",
};
