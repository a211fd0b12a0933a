import { type Clock, SluiceError, systemClock } from "@sluice/core";
import type { Backend } from "../backend/backend.ts";
import type { RunPriority } from "../backend/run-record.ts";
import type { Schedule, ScheduleSource, ScheduleTiming } from "../schedules/schedule.ts";
import { changeSchedules, readSchedules } from "../schedules/schedule-list.ts";
import type { LoadScheduled } from "../schedules/take-tick.ts";
import type { Registry } from "../worker/registry.ts";

/** A schedule to be added. */
export interface ScheduleRequest {
  /** Letters, digits, `.`, `_` and `-`, up to 64. */
  name: string;
  /** The name of a pipeline; each tick takes the newest version that its worker knows. */
  pipeline: string;
  timing: ScheduleTiming;
  source: ScheduleSource;
  /** Priority of the runs. Default `normal`. */
  priority?: RunPriority | undefined;
  /** Every tick makes new runs and asks models anew. Default false: it takes what was never enqueued before. */
  fresh?: boolean | undefined;
}

/**
 * Stores a schedule. Workers that take ticks find it within half a minute.
 *
 * @throws SluiceError OPTION_INVALID when there is one of this name, or the name, the pattern, the time zone or the
 *   duration breaks its rule.
 */
export async function addSchedule(backend: Backend, request: ScheduleRequest): Promise<Schedule> {
  const { name, pipeline, timing, source, priority = "normal", fresh = false } = request;
  checkName(name);
  const { checkTiming, firstTick } = await import("../schedules/next-tick.ts");
  const { now: storeNow } = await readSchedules(backend);
  checkTiming(timing, storeNow);
  let added: Schedule | undefined;
  await changeSchedules(backend, (schedules, now) => {
    if (schedules.some((one) => one.name === name)) throw nameTaken(name);
    const rest = { createdAt: now, claim: null, lastTick: null, lastBatchId: null };
    added = { name, pipeline, timing, source, priority, fresh, nextAt: firstTick(timing, now), ...rest };
    return [...schedules, added];
  });
  if (added) return added;
  throw new SluiceError("INTERNAL", { message: `Schedule "${name}" was not stored.`, facts: { name } });
}

/** All schedules, in the order in which they were added. */
export async function listSchedules(backend: Backend): Promise<readonly Schedule[]> {
  return (await readSchedules(backend)).schedules;
}

/**
 * Removes a schedule; a tick that somebody is at work on is ended, and what is enqueued stays.
 *
 * @throws SluiceError SCHEDULE_UNKNOWN with the list of those there are.
 */
export async function removeSchedule(backend: Backend, name: string): Promise<void> {
  await changeSchedules(backend, (schedules) => {
    const left = schedules.filter((one) => one.name !== name);
    if (left.length === schedules.length) throw unknown(name, schedules);
    return left;
  });
}

/** What a tick is taken with. */
export interface RunScheduleOptions {
  registry: Registry;
  /** Finds the schedule's documents on this machine. */
  load: LoadScheduled;
  signal?: AbortSignal | undefined;
  clock?: Clock | undefined;
}

/**
 * Takes a tick of a schedule now, in this process, whatever is due.
 *
 * @returns the schedule afterwards; undefined when another process is at work on a tick of it, or the signal aborted.
 * @throws SluiceError SCHEDULE_UNKNOWN with the list of those there are.
 */
export async function runSchedule(
  backend: Backend,
  name: string,
  { registry, load, signal = new AbortController().signal, clock = systemClock }: RunScheduleOptions,
): Promise<Schedule | undefined> {
  const { schedules } = await readSchedules(backend);
  if (!schedules.some((one) => one.name === name)) throw unknown(name, schedules);
  const { takeTick } = await import("../schedules/take-tick.ts");
  return takeTick(name, "now", { backend, registry, load, signal, clock });
}

function checkName(name: string): void {
  if (/^[\w.-]{1,64}$/.test(name)) return;
  throw new SluiceError("OPTION_INVALID", {
    message: `The name of a schedule may hold 1 to 64 letters, digits, ".", "_" and "-"; given: "${name}".`,
    facts: { name },
  });
}

function nameTaken(name: string): SluiceError {
  return new SluiceError("OPTION_INVALID", {
    message: `There is a schedule "${name}" already; remove it first, or take another name.`,
    facts: { name },
  });
}

function unknown(name: string, schedules: readonly Schedule[]): SluiceError {
  const known = schedules.map((one) => one.name);
  return new SluiceError("SCHEDULE_UNKNOWN", {
    message: `There is no schedule "${name}". There are: ${known.join(", ") || "none"}.`,
    facts: { name, known },
  });
}
