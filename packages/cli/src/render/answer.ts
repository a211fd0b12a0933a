import { type AttemptReport, formatDuration, type LedgerStatus } from "@sluice/core";
import { latencyOf, type Reply } from "../asking/ask-by-hand.ts";
import { plural } from "./events.ts";
import { printable } from "./printable.ts";
import { renderQuotaLeft } from "./summary.ts";
import { clockTime } from "./time.ts";

/** `google/gemma-4-31b-it:free · 34 + 120 tokens · 1.2 s · 1 request · 49 of 50 requests left today.` */
export function renderReplyLine(reply: Reply, status: LedgerStatus): string {
  const { promptTokens, completionTokens } = reply.usage;
  const parts = [
    printable(reply.model),
    ...(promptTokens + completionTokens > 0 ? [`${promptTokens} + ${completionTokens} tokens`] : []),
    reply.cached ? "from the cache" : formatDuration(latencyOf(reply)),
    plural(reply.requests, "request"),
    renderQuotaLeft(status),
  ];
  return parts.join(" · ");
}

/** `google/gemma-4-31b-it:free gave no whole answer: HTTP 429: Provider returned error (1.2 s)` */
export function renderFailedAttempt({ model, detail, outcome, durationMs }: AttemptReport): string {
  const why = detail === "" ? outcome : detail;
  return `${printable(model)} gave no whole answer: ${printable(why)} (${formatDuration(durationMs)})`;
}

/** A wait shorter than this needs no word, in milliseconds. */
const SHORT_WAIT_MS = 1_500;

/** What a person waits for before the question can leave; undefined when it leaves at once. */
export function renderWait({ now, nextSlotAt }: LedgerStatus): string | undefined {
  const waitMs = nextSlotAt - now;
  if (waitMs < SHORT_WAIT_MS) return undefined;
  return `The minute's requests are spent; yours can leave in ${formatDuration(waitMs)}, ${clockTime(nextSlotAt)}.`;
}
