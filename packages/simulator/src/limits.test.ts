import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { charge, type Limits, NO_USAGE, type Usage, usedToday } from "./limits.ts";

const LIMITS: Limits = {
  perMinute: 3,
  perDay: 5,
  stealthPerDay: 2,
  minuteMs: 60_000,
  dayMs: 86_400_000,
  windowKind: "fixed",
  countRejected: true,
};
const MIDNIGHT = Date.UTC(2026, 10, 22);

function chargeAll(times: readonly number[], limits = LIMITS) {
  let usage: Usage = NO_USAGE;
  return times.map((at) => {
    const charged = charge(usage, limits, { at });
    usage = charged.usage;
    return charged.hit;
  });
}

describe("limits", () => {
  test("the minute is a clock minute, and its end is the reset", () => {
    const hits = chargeAll([59_000, 59_100, 59_200, 59_300, 60_000].map((ms) => MIDNIGHT + ms));
    expect(hits.map((hit) => hit?.scope ?? "open")).toEqual(["open", "open", "open", "minute", "open"]);
    expect(hits[3]).toEqual({ scope: "minute", limit: 3, resetAt: MIDNIGHT + 60_000 });
  });

  test("the day ends at midnight UTC", () => {
    const evening = [1, 2, 3, 4, 5, 6].map((minute) => MIDNIGHT - 8 * 60_000 + minute * 60_000);
    const hits = chargeAll([...evening, MIDNIGHT]);
    expect(hits[5]).toEqual({ scope: "day", limit: 5, resetAt: MIDNIGHT });
    expect(hits[6]).toBeNull();
  });

  test("refused requests keep counting in the day", () => {
    let usage = NO_USAGE;
    for (let request = 0; request < 9; request++) usage = charge(usage, LIMITS, { at: MIDNIGHT }).usage;
    expect(usedToday(usage, LIMITS, MIDNIGHT)).toBe(9);
    expect(usedToday(usage, LIMITS, MIDNIGHT + LIMITS.dayMs)).toBe(0);
  });

  test("no window ever admits more than its limit", () => {
    const steps = fc.array(fc.nat(40_000), { maxLength: 200 });
    fc.assert(
      fc.property(
        steps,
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 60 }),
        (gaps, perMinute, perDay) => {
          const limits = { ...LIMITS, perMinute, perDay };
          let now = MIDNIGHT;
          const times = gaps.map((gap) => {
            now += gap;
            return now;
          });
          const hits = chargeAll(times, limits);
          const admitted = times.filter((_, index) => hits[index] === null);
          for (const [length, limit] of [
            [limits.minuteMs, perMinute],
            [limits.dayMs, perDay],
          ] as const) {
            const counts = new Map<number, number>();
            for (const at of admitted) {
              const window = Math.floor(at / length);
              counts.set(window, (counts.get(window) ?? 0) + 1);
            }
            expect(Math.max(0, ...counts.values())).toBeLessThanOrEqual(limit);
          }
        },
      ),
    );
  });

  test("a sliding minute admits its limit in any span of its length, and again at the reset it names", () => {
    const gaps = fc.array(fc.nat(40_000), { minLength: 1, maxLength: 100 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 5 }), fc.boolean(), (steps, perMinute, countRejected) => {
        const limits: Limits = { ...LIMITS, perMinute, perDay: 1_000, windowKind: "sliding", countRejected };
        let now = MIDNIGHT;
        let usage = NO_USAGE;
        const admitted: number[] = [];
        for (const step of steps) {
          now += step;
          const charged = charge(usage, limits, { at: now });
          usage = charged.usage;
          if (charged.hit === null) admitted.push(now);
          else {
            expect(charge(usage, limits, { at: charged.hit.resetAt }).hit).toBeNull();
            expect(charge(usage, limits, { at: charged.hit.resetAt - 1 }).hit).not.toBeNull();
          }
        }
        for (const end of admitted) {
          const inSpan = admitted.filter((at) => at > end - limits.minuteMs && at <= end);
          expect(inSpan.length).toBeLessThanOrEqual(perMinute);
        }
      }),
    );
  });

  test("stealth models have a day of their own within the same minute", () => {
    const stealth = { at: MIDNIGHT, isStealth: true };
    let usage = NO_USAGE;
    for (let request = 0; request < 2; request++) usage = charge(usage, LIMITS, stealth).usage;
    expect(charge(usage, LIMITS, { at: MIDNIGHT }).hit).toBeNull();
    expect(charge(usage, LIMITS, stealth).hit).toMatchObject({ scope: "stealth-day", limit: 2 });
    expect(usedToday(usage, LIMITS, MIDNIGHT)).toBe(0);
  });
});
