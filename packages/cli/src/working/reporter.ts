import type { RunEvent } from "@sluice/core";
import type { Backend, BatchProgress } from "@sluice/worker";
import { type Io, programName } from "../io.ts";
import { renderError } from "../render/error.ts";
import { renderFailure, renderFinished, renderLog, renderParked, renderWaiting } from "../render/events.ts";
import { type Activity, idle, noteEvent } from "./activity.ts";
import { openDisplay } from "./display.ts";

/** Tells people how the work goes on. */
export interface Reporter extends AsyncDisposable {
  onEvent(event: RunEvent): void;
  onError(error: unknown): void;
  onProgress(progress: BatchProgress): void;
  /** Says something in between. */
  say(line: string): void;
}

/**
 * Reports on stderr what fails, what waits for a person, and what code steps say: on a terminal above a bar, elsewhere
 * in plain lines, with one more for each run that finishes or is parked. Disposing waits for lines that are still being
 * made.
 */
export function createReporter(backend: Backend, io: Pick<Io, "stderr" | "env">): Reporter {
  const display = openDisplay(io);
  let activity: Activity = idle;
  let pending: Promise<void> = Promise.resolve();

  /** Events carry no document names; the records do. Lines keep the order of the events. */
  const sayOf = (event: RunEvent) => {
    pending = pending.then(async () => {
      const run = await backend.runs.get(event.runId).catch(() => undefined);
      const line = lineOf(event, run?.document.name ?? event.runId, programName(io.env));
      if (line === undefined) return;
      display.line(display.hasBar && event.type === "step.log" ? dim(line) : line);
    });
  };
  return {
    onEvent(event) {
      activity = noteEvent(activity, event);
      if (isAlwaysShown(event) || (!display.hasBar && isOutcome(event))) sayOf(event);
    },
    onError: (error) => display.line(renderError(error).text),
    onProgress: (progress) => display.progress(progress, activity),
    say: (line) => display.line(line),
    async [Symbol.asyncDispose]() {
      await pending;
      display.close();
    },
  };
}

/** The bar counts the others. */
function isAlwaysShown({ type }: RunEvent): boolean {
  return type === "run.failed" || type === "run.waiting" || type === "step.log";
}

function isOutcome(event: RunEvent): boolean {
  return event.type === "run.completed" || event.type === "run.parked";
}

function lineOf(event: RunEvent, document: string, program: string): string | undefined {
  switch (event.type) {
    case "run.completed":
      return renderFinished(document, event.usage);
    case "run.failed":
      return renderFailure(document, event.error);
    case "run.parked":
      return renderParked(document, event);
    case "run.waiting":
      return renderWaiting(document, event, program);
    case "step.log":
      return renderLog(document, event);
    default:
      return undefined;
  }
}

/** For terminals that take colours. */
function dim(line: string): string {
  return `\u001b[2m${line}\u001b[22m`;
}
