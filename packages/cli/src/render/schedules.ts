import { formatDuration } from "@sluice/core";
import type { Schedule, ScheduleTick } from "@sluice/worker";
import { plural } from "./events.ts";
import { printable } from "./printable.ts";
import { renderTable } from "./table.ts";
import { zonedTime } from "./time.ts";

/** A schedule as JSON; times are ISO 8601. */
export function scheduleData({ name, pipeline, timing, source, ...rest }: Schedule) {
  const { priority, fresh, createdAt, nextAt, claim, lastTick, lastBatchId } = rest;
  return {
    schedule: name,
    pipeline,
    cron: timing.kind === "cron" ? timing.pattern : null,
    timeZone: timing.kind === "cron" ? timing.timeZone : null,
    everyMs: timing.kind === "every" ? timing.everyMs : null,
    paths: source.kind === "paths" ? source.paths : null,
    folder: source.kind === "paths" ? source.folder : null,
    priority,
    fresh,
    createdAt: isoTime(createdAt),
    nextAt: isoTime(nextAt),
    atWork: claim !== null,
    lastTick: lastTick && {
      at: isoTime(lastTick.at),
      batch: lastTick.batchId,
      queued: lastTick.queued,
      failed: lastTick.failed,
      error: lastTick.error,
    },
    lastBatch: lastBatchId,
  };
}

/** Schedules as a table. */
export function renderSchedules(schedules: readonly Schedule[], { now, columns }: View): string {
  const rows = schedules.map((schedule) => [
    schedule.name,
    schedule.pipeline,
    renderTiming(schedule),
    renderNext(schedule, now),
    schedule.lastBatchId ?? "",
    schedule.lastTick?.error ? renderTickError(schedule.lastTick.error) : "",
  ]);
  return renderTable(["schedule", "pipeline", "when", "next", "last batch", "last error"], rows, columns)
    .text;
}

interface View {
  /** Epoch milliseconds. */
  now: number;
  columns: number;
}

/** `0 7 * * 1-5 Europe/Berlin`, `every 15 min` */
export function renderTiming({ timing }: Pick<Schedule, "timing">): string {
  if (timing.kind === "every") return `every ${formatDuration(timing.everyMs)}`;
  return `${printable(timing.pattern)} ${timing.timeZone}`;
}

/** `2026-01-31 07:00 Europe/Berlin`, by the clocks of the schedule, or of this machine where it has none. */
export function renderNext({ timing, nextAt, claim }: Schedule, now: number): string {
  if (claim !== null && claim.until > now) return "at work";
  const time = zonedTime(nextAt, timing.kind === "cron" ? timing.timeZone : undefined);
  return nextAt <= now ? `due since ${time}` : time;
}

/** What came of a tick: `batch b7k2m9qd: 4 runs of letters queued; 1 document could not be read` */
export function renderTick({ pipeline }: Schedule, { batchId, queued, failed, error }: ScheduleTick): string {
  if (error) return renderTickError(error);
  if (batchId === null) return "nothing is new";
  const told = [`batch ${batchId}: ${plural(queued, "run")} of ${printable(pipeline)} queued`];
  if (failed > 0) told.push(`${plural(failed, "document")} could not be read`);
  return told.join("; ");
}

function renderTickError({ code, message }: NonNullable<ScheduleTick["error"]>): string {
  return `${code}: ${printable(message)}`;
}

function isoTime(at: number): string {
  return new Date(at).toISOString();
}
