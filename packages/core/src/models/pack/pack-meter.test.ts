import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RequestMeter } from "../request-meter.ts";
import { PackMeter } from "./pack-meter.ts";

const requestsOf = (meters: readonly RequestMeter[]) => meters.map((meter) => meter.usage().requests);

describe("the meter of several runs that ask together", () => {
  it("charges the first run that has a request left", () => {
    const meters = [new RequestMeter({ budget: 1 }), new RequestMeter({ budget: 2 })];
    const together = new PackMeter(meters);
    expect(together.payer).toBe(0);
    together.charge();
    expect(together.payer).toBe(0);
    together.charge();
    expect(together.payer).toBe(1);
    expect(requestsOf(meters)).toEqual([1, 1]);
  });

  it("refuses when no run has one left, and says so like a run's own", () => {
    const together = new PackMeter([new RequestMeter({ budget: 0 }), new RequestMeter({ budget: 0 })]);
    expect(() => together.charge()).toThrow(expect.objectContaining({ code: "REQUEST_BUDGET" }));
  });

  it("gives a request back to whoever paid for it", () => {
    const meters = [new RequestMeter({ budget: 1 }), new RequestMeter({ budget: 1 })];
    const together = new PackMeter(meters);
    together.charge();
    together.charge();
    together.giveBack();
    expect(requestsOf(meters)).toEqual([1, 0]);
    expect(together.payer).toBe(0);
    together.giveBack();
    expect(requestsOf(meters)).toEqual([0, 0]);
  });

  it("adds up to what was sent, whatever the budgets, and exceeds none", () => {
    const budgets = fc.array(fc.nat(4), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(budgets, fc.array(fc.boolean(), { maxLength: 30 }), (limits, deeds) => {
        const meters = limits.map((budget) => new RequestMeter({ budget }));
        const together = new PackMeter(meters);
        const room = limits.reduce((sum, budget) => sum + budget, 0);
        let sent = 0;
        for (const isCharge of deeds) {
          if (!isCharge && sent > 0) {
            together.giveBack();
            sent--;
          } else if (isCharge && sent < room) {
            together.charge();
            sent++;
          }
          const spent = requestsOf(meters);
          expect(spent.reduce((sum, requests) => sum + requests, 0)).toBe(sent);
          expect(spent.every((requests, at) => requests >= 0 && requests <= (limits[at] ?? 0))).toBe(true);
        }
      }),
    );
  });
});
