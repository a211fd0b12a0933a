import { AccountHaltedError } from "@sluice/core";
import { describe, expect, it } from "vitest";
import { readinessOf } from "./readiness.ts";

const atWork = { haltedBy: null, isClosing: false, closed: null };
const open = { isPaused: false };
const haltedBy = new AccountHaltedError("a reply of some/model:free reported a cost of $1");

describe("a worker's readiness", () => {
  it("is given while it takes runs", () => {
    expect(readinessOf(atWork, open)).toEqual({ ready: true });
  });

  it("is given while the quota is closed, with the time until then, and while the queue is paused", () => {
    const closed = { until: Date.UTC(2026, 0, 2), why: "day" };
    expect(readinessOf({ ...atWork, closed }, { isPaused: true })).toEqual({
      ready: true,
      closed: { until: "2026-01-02T00:00:00.000Z", why: "day" },
      paused: true,
    });
  });

  it.each([
    ["starting", undefined, open],
    ["closing", { ...atWork, isClosing: true }, open],
    ["store unreachable", atWork, undefined],
  ])("is not given: %s", (reason, worker, queue) => {
    expect(readinessOf(worker, queue)).toEqual({ ready: false, reason });
  });

  it("is not given once the account is halted, whatever else holds, with the code and without the message", () => {
    const halted = { ...atWork, haltedBy, isClosing: true };
    expect(readinessOf(halted, undefined)).toEqual({
      ready: false,
      reason: "halted",
      code: "ACCOUNT_HALTED",
    });
  });
});
