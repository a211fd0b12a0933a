import type { RunEvent } from "@sluice/core";
import type { Backend, BatchProgress } from "@sluice/worker";
import type { Io } from "../io.ts";
import { renderError } from "../render/error.ts";
import { renderFailure, renderFinished, renderParked } from "../render/events.ts";
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
 * Reports on stderr: on a terminal with a bar below which only failures stand, elsewhere with one plain line for each
 * run that finishes, fails or is parked. Disposing waits for lines that are still being made.
 */
export function createReporter(backend: Backend, io: Pick<Io, "stderr" | "env">): Reporter {
  const display = openDisplay(io);
  let activity: Activity = idle;
  let pending: Promise<void> = Promise.resolve();

  /** Events carry no document names; the records do. Lines keep the order of the events. */
  const sayOf = (event: RunEvent) => {
    pending = pending.then(async () => {
      const run = await backend.runs.get(event.runId).catch(() => undefined);
      const line = lineOf(event, run?.document.name ?? event.runId);
      if (line !== undefined) display.line(line);
    });
  };
  return {
    onEvent(event) {
      activity = noteEvent(activity, event);
      if (event.type === "run.failed" || (!display.hasBar && isOutcome(event))) sayOf(event);
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

function isOutcome(event: RunEvent): boolean {
  return event.type === "run.completed" || event.type === "run.parked";
}

function lineOf(event: RunEvent, document: string): string | undefined {
  switch (event.type) {
    case "run.completed":
      return renderFinished(document, event.usage);
    case "run.failed":
      return renderFailure(document, event.error);
    case "run.parked":
      return renderParked(document, event);
    default:
      return undefined;
  }
}
