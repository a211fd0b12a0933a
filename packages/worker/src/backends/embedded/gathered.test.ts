import { describe, expect, it } from "vitest";
import { Gathered } from "./gathered.ts";
import { ConnectionLostError } from "./sql-host.ts";

/** Doubles numbers; a round with 13 in it is refused. */
function doubling(fault: Error = new Error("refused")) {
  const rounds: number[][] = [];
  const gathered = new Gathered<number, number>({
    doAll: async (numbers) => {
      rounds.push([...numbers]);
      await Promise.resolve();
      if (numbers.includes(13)) throw fault;
      return numbers.map((number) => 2 * number);
    },
    sizeOf: (number) => number,
  });
  return { rounds, gathered };
}

describe("what is gathered", () => {
  it("is done at once by the first, and together by those who come meanwhile", async () => {
    const { rounds, gathered } = doubling();
    expect(await Promise.all([1, 2, 3, 4].map((number) => gathered.do(number)))).toEqual([2, 4, 6, 8]);
    expect(await gathered.do(5)).toBe(10);
    expect(rounds).toEqual([[1], [2, 3, 4], [5]]);
  });

  it("is bounded in number and in size, and an item that is too large goes alone", async () => {
    const { rounds, gathered } = doubling();
    const items = [0, ...Array.from({ length: 70 }, () => 1), 2_000_000, 5];
    await Promise.all(items.map((item) => gathered.do(item)));
    expect(rounds.map(({ length }) => length)).toEqual([1, 64, 6, 1, 1]);
  });

  it("fails only for whom it cannot be done", async () => {
    const { rounds, gathered } = doubling();
    const outcomes = await Promise.allSettled([1, 2, 13, 4].map((number) => gathered.do(number)));
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"]);
    expect(rounds).toEqual([[1], [2, 13, 4], [2], [13], [4]]);
  });

  it("is not done again when nobody knows whether it was done", async () => {
    const { rounds, gathered } = doubling(new ConnectionLostError("gone", { wasSent: true }));
    const outcomes = await Promise.allSettled([1, 2, 13].map((number) => gathered.do(number)));
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
    expect(rounds).toEqual([[1], [2, 13]]);
  });
});
