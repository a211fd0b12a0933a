import { describe, expect, it } from "vitest";
import { Reading } from "./reading.ts";

/** A reading whose source takes as long as it is told, by a clock of its own. */
function slowReading(tookMs: number) {
  let now = 0;
  let reads = 0;
  const reading = new Reading(
    async () => {
      now += tookMs;
      return ++reads;
    },
    () => now,
  );
  const after = (ms: number) => {
    now += ms;
    return reading.get();
  };
  return { reading, after };
}

describe("a reading", () => {
  it("is taken as it is for a second, and read anew after it", async () => {
    const { reading, after } = slowReading(1);
    expect(await reading.get()).toBe(1);
    expect(await after(998)).toBe(1);
    expect(await after(2)).toBe(2);
  });

  it("is taken as it is for twenty times as long as it took", async () => {
    const { reading, after } = slowReading(500);
    expect(await reading.get()).toBe(1);
    expect(await after(9_999)).toBe(1);
    expect(await after(1)).toBe(2);
  });

  it("is read once for all who ask at the same time", async () => {
    const { reading } = slowReading(1);
    expect(await Promise.all([reading.get(), reading.get(), reading.get()])).toEqual([1, 1, 1]);
  });

  it("is nothing when the source fails, which is not asked again at once", async () => {
    let reads = 0;
    const reading = new Reading(async () => {
      reads += 1;
      throw new Error("away");
    });
    expect(await Promise.all([reading.get(), reading.get()])).toEqual([undefined, undefined]);
    expect(await reading.get()).toBeUndefined();
    expect(reads).toBe(1);
  });

  it("is nothing for now when the source does not answer, and its answer counts when it comes", async () => {
    let answer: (value: string) => void = () => {};
    let reads = 0;
    const reading = new Reading(() => {
      reads += 1;
      return new Promise<string>((resolve) => {
        answer = resolve;
      });
    });
    expect(await reading.get()).toBeUndefined();
    answer("late");
    expect(await reading.get()).toBe("late");
    expect(reads).toBe(1);
  });
});
