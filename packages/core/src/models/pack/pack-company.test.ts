import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ManualClock } from "../../shared/manual-clock.ts";
import { isCompanyExpected, PackCompany } from "./pack-company.ts";

const nobody = { waiting: 1, size: 15, underWay: 0, sinceAnswerMs: Number.POSITIVE_INFINITY, waitedMs: 0 };

describe("waiting for company", () => {
  it("is not done where nobody is under way, nor by a full request, nor for long", () => {
    expect(isCompanyExpected(nobody)).toBe(false);
    expect(isCompanyExpected({ ...nobody, underWay: 1 })).toBe(true);
    expect(isCompanyExpected({ ...nobody, sinceAnswerMs: 10 })).toBe(true);
    fc.assert(
      fc.property(
        fc.nat(50),
        fc.integer({ min: 1, max: 50 }),
        fc.nat(9),
        fc.nat(9_000),
        (waiting, size, underWay, waitedMs) => {
          const expected = isCompanyExpected({ waiting, size, underWay, sinceAnswerMs: 0, waitedMs });
          if (waiting >= size || waitedMs >= 2_000) expect(expected).toBe(false);
        },
      ),
    );
  });

  it("ends when the request is full, after the answers have settled, and when nobody waits any more", async () => {
    const clock = new ManualClock(0);
    const company = new PackCompany(clock);
    const pool = { size: 1 };
    const never = new AbortController().signal;
    await company.wait("a", pool, { size: 3, signal: never });
    expect(clock.now()).toBe(0);

    let answer = () => {};
    const underWay = company.during(
      "a",
      new Promise((resolve) => {
        answer = () => resolve();
      }),
    );
    // Another kind of question has no company there.
    await company.wait("b", pool, { size: 3, signal: never });
    expect(clock.now()).toBe(0);
    await company.wait("a", { size: 3 }, { size: 3, signal: never });
    expect(clock.now()).toBe(0);
    await company.wait("a", pool, { size: 3, signal: never });
    expect(clock.now()).toBe(2_000);

    answer();
    await underWay;
    await company.wait("a", pool, { size: 3, signal: never });
    expect(clock.now()).toBe(2_200);
    await company.wait("a", pool, { size: 3, signal: never });
    expect(clock.now()).toBe(2_200);
  });

  it("is given up with the signal", async () => {
    const company = new PackCompany(new ManualClock(0));
    void company.during("a", new Promise(() => {}));
    const left = AbortSignal.abort(new Error("all have left"));
    await expect(company.wait("a", { size: 1 }, { size: 9, signal: left })).rejects.toThrow("all have left");
  });
});
