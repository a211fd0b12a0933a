import type { QueueStatus, StatusCounts } from "@sluice/worker";
import { printable } from "./printable.ts";
import { renderFacts } from "./runs.ts";
import { dateTime } from "./time.ts";

/** The queue as JSON; times are ISO 8601. */
export function queueData({
  isPaused,
  pausedPipelines,
  counts,
}: QueueStatus & { counts?: StatusCounts | undefined }) {
  return {
    paused: isPaused,
    pausedPipelines: pausedPipelines.map(({ name, since }) => ({
      pipeline: name,
      since: new Date(since).toISOString(),
    })),
    counts,
  };
}

/** The queue, what is paused, and how many runs are in each state. */
export function renderQueue({
  isPaused,
  pausedPipelines,
  counts,
}: QueueStatus & { counts: StatusCounts }): string {
  return renderFacts([
    ["queue", isPaused ? "paused" : "open"],
    ...pausedPipelines.map(
      ({ name, since }) => ["paused", `${printable(name)}, since ${dateTime(since)} UTC`] as const,
    ),
    ...Object.entries(counts).map(([status, count]) => [status, String(count)] as const),
  ]);
}

/** `The queue is paused: nothing is taken. Go on with: sluice queue resume`; "" when nothing is paused. */
export function renderPauses({ isPaused, pausedPipelines }: QueueStatus, program: string): string {
  const lines = pausedPipelines.map(({ name }) => {
    const pipeline = printable(name);
    return `Pipeline ${pipeline} is paused, its runs rest. Go on with: ${program} queue resume ${pipeline}`;
  });
  if (isPaused) lines.unshift(`The queue is paused, nothing is taken. Go on with: ${program} queue resume`);
  return lines.join("\n");
}
