import type { LoggedEvent } from "@sluice/worker";
import { plural, renderFailure, renderFinished, renderLog, renderParked, renderWaiting } from "./events.ts";
import { printable } from "./printable.ts";

/** One line for what ends, rests or is said, as `sluice run` tells it; undefined for everything in between. */
export function renderWatched(
  { document, event }: LoggedEvent,
  { question, program }: { question: string; program: string },
): string | undefined {
  switch (event.type) {
    case "run.completed":
      return renderFinished(document, event.usage);
    case "run.failed":
      return renderFailure(document, event.error);
    case "run.parked":
      return renderParked(document, event);
    case "run.waiting":
      return renderWaiting(document, { ...event, question }, program);
    case "step.log":
      return renderLog(document, event);
    case "run.cancelled":
      return `cancelled ${printable(document)}`;
    case "batch.enqueued":
      return `queued ${plural(event.runs, "run")} of ${printable(event.pipeline)}`;
    default:
      return undefined;
  }
}
