import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fitWidths, renderTable } from "./table.ts";

const naturals = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 12 });

describe("fitWidths", () => {
  test("never goes over the columns there are, nor over a natural width", () => {
    fc.assert(
      fc.property(naturals, fc.integer({ min: 20, max: 240 }), (natural, columns) => {
        const widths = fitWidths(natural, columns);
        const total = widths.reduce((sum, width) => sum + width, 0) + 2 * (widths.length - 1);
        expect(total).toBeLessThanOrEqual(columns);
        expect(widths.every((width, column) => width <= (natural[column] ?? 0))).toBe(true);
      }),
    );
  });

  test("leaves widths alone where there is room", () => {
    expect(fitWidths([10, 20, 5], 80)).toEqual([10, 20, 5]);
  });

  test("narrows the widest first", () => {
    expect(fitWidths([8, 90, 8], 40)).toEqual([8, 20, 8]);
  });
});

describe("fitWidths with least widths", () => {
  const least = { first: 24, others: 18 };

  test("keeps every column at its least width, and rather leaves the last ones out", () => {
    expect(fitWidths(Array(10).fill(40), 80, least)).toEqual([25, 25, 25]);
    expect(fitWidths([60, 40, 40], 64, least)).toEqual([24, 18, 18]);
    expect(fitWidths([60, 40, 40], 63, least)).toEqual([30, 30]);
  });

  test("never makes a column that has others beside it narrower", () => {
    fc.assert(
      fc.property(naturals, fc.integer({ min: 20, max: 240 }), (natural, columns) => {
        const widths = fitWidths(natural, columns, least);
        expect(sumOf(widths) + 2 * (widths.length - 1)).toBeLessThanOrEqual(columns);
        const floors = natural.map((width, at) => Math.min(width, at === 0 ? least.first : least.others));
        const isNarrow = widths.some((width, at) => width < (floors[at] ?? 0));
        expect(isNarrow && widths.length > 1).toBe(false);
      }),
    );
  });
});

const sumOf = (widths: readonly number[]) => widths.reduce((total, width) => total + width, 0);

describe("renderTable", () => {
  test("draws a head, a rule and rows", () => {
    expect(
      renderTable(
        ["name", "n"],
        [
          ["a", "1"],
          ["bcdefg", "22"],
        ],
        80,
      ),
    ).toMatchInlineSnapshot(`
      {
        "leftOut": [],
        "text": "name    n
      ──────  ──
      a       1
      bcdefg  22",
      }
    `);
  });

  test("cuts long cells and names the columns that have no room", () => {
    const row = ["a".repeat(40), "b".repeat(40), "c".repeat(40)];
    const { text, leftOut } = renderTable(["first", "second", "third"], [row], 34);
    expect(leftOut).toEqual(["third"]);
    expect(text.split("\n").at(-1)).toBe(`${"a".repeat(15)}…  ${"b".repeat(15)}…`);
  });

  test("counts wide characters as two columns", () => {
    const { text } = renderTable(
      ["x", "y"],
      [
        ["日本語", "z"],
        ["abcdef", "z"],
      ],
      80,
    );
    expect(text.split("\n").slice(2)).toEqual(["日本語  z", "abcdef  z"]);
  });
});
