import { SECOND_MS, SluiceError } from "@sluice/core";
import { Cron } from "croner";
import type { Schedule, ScheduleTiming } from "./schedule.ts";

/** The shortest time between two ticks: one is not to be due before the one before is over. */
const LEAST_MS = 10 * SECOND_MS;

/**
 * When the next tick after a time is due, both in epoch milliseconds. Ticks that were missed are not made up for.
 *
 * A time of day that the clocks skip when summer begins comes at the end of the gap; one that they show twice when it
 * ends comes the first time.
 */
export function nextTick(
  { timing, createdAt }: Pick<Schedule, "timing" | "createdAt">,
  after: number,
): number {
  if (timing.kind === "cron") return nextOfCron(timing, after) ?? Number.MAX_SAFE_INTEGER;
  if (after < createdAt) return createdAt;
  return createdAt + (Math.floor((after - createdAt) / timing.everyMs) + 1) * timing.everyMs;
}

/** When a schedule that is added now is due first: at once where it comes again and again, else when cron says. */
export function firstTick(timing: ScheduleTiming, now: number): number {
  return timing.kind === "every" ? now : nextTick({ timing, createdAt: now }, now);
}

/**
 * Checks when a schedule's ticks are to come.
 *
 * @throws SluiceError OPTION_INVALID when the pattern, the time zone or the duration is none, or no tick would ever come.
 */
export function checkTiming(timing: ScheduleTiming, now: number): void {
  if (timing.kind === "every") {
    if (Number.isFinite(timing.everyMs) && timing.everyMs >= LEAST_MS) return;
    throw invalid(
      `A schedule may tick every ${LEAST_MS / SECOND_MS} s at most; given: ${timing.everyMs} ms.`,
      timing,
    );
  }
  const { pattern, timeZone } = timing;
  checkTimeZone(timeZone);
  let next: number | undefined;
  try {
    next = nextOfCron(timing, now);
  } catch (cause) {
    const fields = "minute, hour, day of the month, month, day of the week";
    const reason = cause instanceof Error ? cause.message.replace(/^CronPattern: /, "") : String(cause);
    throw invalid(
      `"${pattern}" is no pattern of cron: ${reason} It has five fields: ${fields}, as in "0 7 * * 1-5".`,
      timing,
      cause,
    );
  }
  if (next === undefined) throw invalid(`"${pattern}" names no time that ever comes.`, timing);
}

function checkTimeZone(timeZone: string): void {
  try {
    new Intl.DateTimeFormat("en", { timeZone });
  } catch (cause) {
    throw new SluiceError("OPTION_INVALID", {
      message: `"${timeZone}" is no time zone; give one of the IANA names, as Europe/Berlin or UTC.`,
      facts: { timeZone },
      cause,
    });
  }
}

function nextOfCron(
  { pattern, timeZone }: ScheduleTiming & { kind: "cron" },
  after: number,
): number | undefined {
  const cron = new Cron(pattern, {
    timezone: timeZone,
    mode: "5-part",
    // Several fixed times of a day are fixed times, too: none of them comes twice when summer ends.
    fixedTimeRule: "no-wildcard",
    paused: true,
  });
  return cron.nextRun(new Date(after))?.getTime();
}

function invalid(message: string, timing: ScheduleTiming, cause?: unknown): SluiceError {
  return new SluiceError("OPTION_INVALID", { message, facts: { ...timing }, cause });
}
