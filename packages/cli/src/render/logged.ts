import { formatDuration } from "@sluice/core";
import type { LogEvent, LoggedEvent } from "@sluice/worker";
import { plural, renderFactsInLine } from "./events.ts";
import { printable } from "./printable.ts";
import { clockTime } from "./time.ts";

/** An event as JSON: flat, times ISO 8601, ids under the same keys as in a result line. */
export function loggedData({ at, batchId, document, event }: LoggedEvent) {
  const { type, runId = null, ...facts } = { runId: undefined, ...event };
  const until = "until" in facts ? { until: isoTime(facts.until) } : {};
  return { time: isoTime(at), type, run: runId, batch: batchId, document, ...facts, ...until };
}

/** `2026-01-31 14:05:09.812  extract: google/gemma-4-31b-it:free answered in 812 ms` */
export function renderLogged(logged: LoggedEvent, { withRun }: { withRun: boolean }): string {
  const time = new Date(logged.at).toISOString().slice(0, 23).replace("T", " ");
  const { event } = logged;
  const run = withRun && "runId" in event ? [event.runId, printable(logged.document)] : [];
  return [time, ...run, printable(sentenceOf(event))].join("  ");
}

/** What happened, in a few words. */
function sentenceOf(event: LogEvent): string {
  switch (event.type) {
    case "batch.enqueued":
      return `${plural(event.runs, "run")} of ${event.pipeline}@${event.version} queued`;
    case "run.queued":
      return `queued: ${WHY_QUEUED[event.why]}`;
    case "run.started":
      return `started ${event.pipeline}@${event.version}${resumed(event.resumedSteps)}`;
    case "run.parked":
      return `parked until ${clockTime(event.until)}: ${event.why}`;
    case "run.waiting":
      return `${event.step}: waits for a decision`;
    case "run.completed":
      return `completed (${cost(event.usage)})`;
    case "run.cancelled":
      return `cancelled (${cost(event.usage)})`;
    case "run.failed":
      return `failed: ${event.error.code}: ${event.error.message}`;
    default:
      return `${event.step}: ${stepSentence(event)}`;
  }
}

type StepEvent = Extract<LogEvent, { type: `step.${string}` }>;

function stepSentence(event: StepEvent): string {
  switch (event.type) {
    case "step.started":
      return `started (${event.kind})`;
    case "step.attempt": {
      const { model, outcome, detail, durationMs } = event.attempt;
      const took = formatDuration(durationMs);
      return outcome === "ok"
        ? `${model} answered in ${took}`
        : `${model} ${outcome} after ${took}: ${detail}`;
    }
    case "step.packed": {
      const { id, position, size } = event.pack;
      return `asked as item ${position} of ${size} in one request (pack ${id})`;
    }
    case "step.log":
      return `${event.message}${renderFactsInLine(event.facts)}`;
    case "step.completed":
      return event.cached ? "done, from the cache" : "done";
    case "step.failed":
      return `failed: ${event.error.code}: ${event.error.message}`;
  }
}

const WHY_QUEUED: Readonly<Record<Extract<LogEvent, { type: "run.queued" }>["why"], string>> = {
  retried: "somebody has it tried again",
  decided: "the decision was given",
  resumed: "its pipeline goes on",
  stopped: "its worker stopped",
};

function resumed(steps: number): string {
  return steps > 0 ? `, ${plural(steps, "step")} done before` : "";
}

function cost({ requests, models, cached }: { requests: number; models: string[]; cached: boolean }): string {
  return cached ? "from the cache" : [plural(requests, "request"), ...models].join(", ");
}

function isoTime(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
