import type { LedgerStatus } from "@sluice/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { admit, admitAfterRefusal, keptOf } from "./admit.ts";

const NOON = Date.UTC(2026, 10, 22, 12);
const MIDNIGHT = Date.UTC(2026, 10, 23) + 2_000;

const statusOf = (more: Partial<LedgerStatus> = {}): LedgerStatus => ({
  now: NOON,
  perMinute: 20,
  usedInWindow: 0,
  perDay: 50,
  usedToday: 10,
  sentToday: 10,
  othersToday: null,
  heardAt: null,
  dayEndsAt: MIDNIGHT,
  nextSlotAt: NOON,
  waiting: 0,
  halted: null,
  pace: {
    ...{ windowMs: 62_000, gapMs: 150, dayMs: 86_400_000, guardMs: 2_000 },
    ...{ reserved: 1, heldUntil: 0, recentSends: [] },
  },
  ...more,
});
const dayClosed = { kind: "closed", until: MIDNIGHT, why: "day" };

describe("the intake", () => {
  it("is open exactly while there is a permit within a minute, and names the time at which there is one", () => {
    const anyStatus = fc.record({
      usedToday: fc.integer({ min: 0, max: 60 }),
      nextSlotAt: fc.integer({ min: NOON, max: NOON + 300_000 }),
      usedInWindow: fc.integer({ min: 0, max: 20 }),
    });
    fc.assert(
      fc.property(anyStatus, fc.integer({ min: 0, max: 3 }), (some, kept) => {
        const admission = admit(statusOf(some), kept);
        const hasRoom = some.usedToday + kept < 50;
        expect(admission.kind === "open").toBe(hasRoom && some.nextSlotAt <= NOON + 60_000);
        if (admission.kind === "closed") expect(admission.until).toBeGreaterThan(NOON);
      }),
    );
  });

  it("is closed until the day ends when the day is spent", () => {
    expect(admit(statusOf({ usedToday: 50 }))).toEqual(dayClosed);
    expect(admit(statusOf({ usedToday: 49 }))).toEqual({ kind: "open" });
  });

  it("opens a minute before a long hold ends, because a run waits so long in place", () => {
    const held = statusOf({ nextSlotAt: NOON + 124_000 });
    expect(admit(held)).toEqual({ kind: "closed", until: NOON + 64_000, why: "hold" });
    expect(admit({ ...held, usedInWindow: 20 })).toMatchObject({ why: "minute" });
  });

  it("tells of a halt, whatever else is closed", () => {
    expect(admit(statusOf({ usedToday: 50, halted: "402" }))).toEqual({ kind: "halted", reason: "402" });
  });

  it("learns from a refused run what is kept for people, and opens when more than that is left", () => {
    const spent = statusOf({ usedToday: 49 });
    const refusal = { until: MIDNIGHT + 40_000, why: "day" };
    const kept = keptOf(spent, refusal, 0);
    expect(kept).toBe(1);
    expect(admitAfterRefusal(spent, refusal, kept)).toEqual(dayClosed);
    expect(admit({ ...spent, perDay: 1_000 }, kept)).toEqual({ kind: "open" });
    expect(admit({ ...spent, usedToday: 0, dayEndsAt: MIDNIGHT + 86_400_000 }, kept)).toEqual({
      kind: "open",
    });
  });

  it("takes a refusal that the status does not explain for no more than a minute", () => {
    const fresh = statusOf({ now: MIDNIGHT, usedToday: 0, dayEndsAt: MIDNIGHT + 86_400_000 });
    for (const until of [MIDNIGHT + 9_000, MIDNIGHT + 86_400_000]) {
      const refusal = { until, why: "day" };
      expect(keptOf(fresh, refusal, 1)).toBe(1);
      expect(admitAfterRefusal({ ...fresh, nextSlotAt: MIDNIGHT }, refusal, 1)).toEqual({
        kind: "closed",
        until: MIDNIGHT + 60_000,
        why: "day",
      });
    }
  });

  it("does not stay closed for a minute's refusal that is over", () => {
    const refusal = { until: NOON + 61_000, why: "minute" };
    const status = statusOf({ now: NOON + 5_000, nextSlotAt: NOON + 61_000 });
    expect(admitAfterRefusal(status, refusal, keptOf(status, refusal, 0))).toEqual({ kind: "open" });
  });
});
