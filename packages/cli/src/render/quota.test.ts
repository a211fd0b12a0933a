import type { LedgerStatus } from "@sluice/core";
import { expect, test } from "vitest";
import { quotaData, renderQuota, renderQuotaChange } from "./quota.ts";

const now = Date.UTC(2026, 10, 22, 12);

const status: LedgerStatus = {
  now,
  perMinute: 20,
  usedInWindow: 3,
  perDay: 50,
  usedToday: 12,
  sentToday: 9,
  othersToday: 3,
  heardAt: now - 1_000,
  dayEndsAt: Date.UTC(2026, 10, 23),
  nextSlotAt: now,
  waiting: 0,
  halted: null,
  pace: {
    ...{ windowMs: 62_000, gapMs: 150, dayMs: 86_400_000, guardMs: 2_000 },
    ...{ reserved: 1, heldUntil: 0, recentSends: [] },
  },
};

/** What depends on the time zone of whoever runs the test. */
const withoutLocalTime = (text: string) => text.replace(/\(\d\d:\d\d local\)/g, "(local)");

test("shows what we and others have used, and when it goes on", () => {
  const resting = [
    { id: "a/busy:free", until: now + 30_000 },
    { id: "a/gone:free", until: null },
  ];
  const view = { status: { ...status, nextSlotAt: now + 2_000, waiting: 2, halted: "a cost" }, resting };
  expect(withoutLocalTime(renderQuota(view))).toMatchInlineSnapshot(`
    "window   used  by us  by others  left  limit
    ───────  ────  ─────  ─────────  ────  ─────
    minute   3     3      unknown    17    20
    UTC day  12    9      3          38    50

    next request  in 2 s, 12:00 UTC (local)
    day resets    in 12 h, 00:00 UTC (local)
    waiting       2 in the line
    halted        a cost
    resting       a/busy:free, 30 s more, until 12:00 UTC (local)
    resting       a/gone:free, gone until the catalogue is read anew"
  `);
});

test("does not claim to know what it has not heard", () => {
  const view = { status: { ...status, othersToday: null, heardAt: null }, resting: [] };
  expect(renderQuota(view)).toMatch(/UTC day +12 +9 +unknown +38 +50/);
  expect(quotaData(view)).toMatchObject({ day: { usedByUs: 9, usedByOthers: null }, serverCountAt: null });
});

test("has a line that changes with what happens, and not with the clock", () => {
  const line = renderQuotaChange({ status, resting: [] });
  expect(line).toBe("minute 3 of 20 · day 12 of 50");
  expect(renderQuotaChange({ status: { ...status, now: now + 500 }, resting: [] })).toBe(line);
  expect(renderQuotaChange({ status: { ...status, waiting: 1 }, resting: [] })).not.toBe(line);
});
