import { DAY_MS, HOUR_MS, MINUTE_MS } from "@sluice/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkTiming, firstTick, nextTick } from "./next-tick.ts";
import type { ScheduleTiming } from "./schedule.ts";

const JANUARY = Date.UTC(2026, 0, 1);
const cron = (pattern: string, timeZone: string): ScheduleTiming => ({ kind: "cron", pattern, timeZone });
const every = (everyMs: number): ScheduleTiming => ({ kind: "every", everyMs });

/** Zones that change their clocks by an hour or half of one, at night or at midnight, north and south, or never. */
const zones = [
  "Europe/Berlin",
  "America/New_York",
  "Australia/Lord_Howe",
  "Africa/Cairo",
  "America/Santiago",
  "Asia/Kolkata",
  "UTC",
];

/** The ticks after a time, up to another. */
function ticksOf(timing: ScheduleTiming, from: number, to: number): number[] {
  const ticks: number[] = [];
  for (let at = nextTick({ timing, createdAt: from }, from); at <= to; ) {
    ticks.push(at);
    at = nextTick({ timing, createdAt: from }, at);
  }
  return ticks;
}

const dayIn = (timeZone: string) => {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone });
  return (at: number) => format.format(at);
};

describe("the next tick of a pattern of cron", () => {
  it("comes once on every day of a year, whatever the clocks do on it", () => {
    const anyTime = fc.tuple(fc.constantFrom(...zones), fc.nat(23), fc.nat(59));
    fc.assert(
      fc.property(anyTime, ([timeZone, hour, minute]) => {
        const from = JANUARY - DAY_MS + 12 * HOUR_MS;
        const days = ticksOf(cron(`${minute} ${hour} * * *`, timeZone), from, from + 365 * DAY_MS).map(
          dayIn(timeZone),
        );
        expect(new Set(days).size).toBe(days.length);
        expect(Math.abs(days.length - 365)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 20 },
    );
  }, 60_000);

  it.each([
    ["skipped", Date.UTC(2026, 2, 29), "2026-03-29T01:00:00.000Z"],
    ["shown twice", Date.UTC(2026, 9, 25), "2026-10-25T00:30:00.000Z"],
  ])("comes once where half past two is %s", (_, midnight, expected) => {
    const timing = cron("30 2 * * *", "Europe/Berlin");
    const ticks = ticksOf(timing, midnight - 2 * HOUR_MS, midnight + 20 * HOUR_MS);
    expect(ticks.map((at) => new Date(at).toISOString())).toEqual([expected]);
    const several = ticksOf(
      cron("0,30 2 * * *", "Europe/Berlin"),
      midnight - HOUR_MS,
      midnight + 20 * HOUR_MS,
    );
    expect(several.length).toBeLessThanOrEqual(2);
  });

  it("comes every hour, also in the hour that is there twice", () => {
    const midnight = Date.UTC(2026, 9, 25);
    const ticks = ticksOf(cron("0 * * * *", "Europe/Berlin"), midnight - 1, midnight + 5 * HOUR_MS);
    expect(ticks).toEqual([0, 1, 2, 3, 4, 5].map((hour) => midnight + hour * HOUR_MS));
  });

  it("is after the time it is asked for, and the same until it has come", () => {
    const anyMoment = fc.integer({ min: 0, max: 365 * DAY_MS });
    fc.assert(
      fc.property(anyMoment, fc.constantFrom(...zones), (offset, timeZone) => {
        const schedule = { timing: cron("*/20 6-8 * * 1-5", timeZone), createdAt: JANUARY };
        const next = nextTick(schedule, JANUARY + offset);
        expect(next).toBeGreaterThan(JANUARY + offset);
        expect(nextTick(schedule, next - 1)).toBe(next);
      }),
    );
  });
});

describe("the next tick of a schedule that comes again and again", () => {
  it("keeps to its times however late it is asked for", () => {
    const anyLength = fc.integer({ min: 10_000, max: 10 * DAY_MS });
    fc.assert(
      fc.property(anyLength, fc.nat(100 * DAY_MS), (everyMs, late) => {
        const schedule = { timing: every(everyMs), createdAt: JANUARY };
        const next = nextTick(schedule, JANUARY + late);
        expect((next - JANUARY) % everyMs).toBe(0);
        expect(next).toBeGreaterThan(JANUARY + late);
        expect(next).toBeLessThanOrEqual(JANUARY + late + everyMs);
      }),
    );
  });

  it("comes first at once, and one of cron when its pattern says", () => {
    expect(firstTick(every(MINUTE_MS), JANUARY)).toBe(JANUARY);
    expect(firstTick(cron("0 7 * * *", "UTC"), JANUARY)).toBe(JANUARY + 7 * HOUR_MS);
  });
});

describe("a timing", () => {
  it.each([
    ["bad", "UTC", '"bad" is no pattern of cron'],
    ["61 * * * *", "UTC", "It has five fields: minute, hour"],
    ["*/5 * * * * *", "UTC", "is no pattern of cron"],
    ["0 0 31 2 *", "UTC", "names no time that ever comes"],
    ["0 7 * * *", "Mars/Olympus", '"Mars/Olympus" is no time zone'],
    ["0 7 * * *", "", '"" is no time zone'],
  ])("of cron %j in zone %j is refused", (pattern, timeZone, message) => {
    expect(() => checkTiming(cron(pattern, timeZone), JANUARY)).toThrow(message);
  });

  it.each([0, -1, 9_999, Number.NaN, Number.POSITIVE_INFINITY])("of every %d ms is refused", (everyMs) => {
    expect(() => checkTiming(every(everyMs), JANUARY)).toThrow("A schedule may tick every 10 s at most");
  });

  it("that comes is taken", () => {
    checkTiming(every(10_000), JANUARY);
    checkTiming(cron("0 7 * * 1-5", "Europe/Berlin"), JANUARY);
    checkTiming(cron("@daily", "America/New_York"), JANUARY);
  });
});
