import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { estimateTokens } from "../shared/token-estimate.ts";

describe("the estimate is near what a vocabulary of 200,000 tokens gives", () => {
  // The expected numbers were counted once with o200k_base.
  test.each([
    ["English", "All human beings are born free and equal in dignity and rights.", 13],
    ["German", "Alle Menschen sind frei und gleich an Würde und Rechten geboren.", 14],
    ["Chinese", "人人生而自由,在尊严和权利上一律平等。", 16],
    ["code", "for (const item of items) { total += item.price * item.count; }", 17],
  ])("%s", (_name, text, counted) => {
    expect(estimateTokens(text)).toBeGreaterThan(counted * 0.75);
    expect(estimateTokens(text)).toBeLessThan(counted * 1.35);
  });
});

test("nothing costs nothing, and any visible text costs something", () => {
  expect(estimateTokens("")).toBe(0);
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => text.trim() !== ""),
      (text) => estimateTokens(text) >= 1,
    ),
  );
});

test("a text never costs less than its beginning", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.nat(), (text, end) => {
      expect(estimateTokens(text.slice(0, end % (text.length + 1)))).toBeLessThanOrEqual(
        estimateTokens(text),
      );
    }),
  );
});

test.each([
  ["one letter", "a"],
  ["spaces", " "],
  ["emoji", "😀"],
  ["alternating kinds", "a1-"],
  ["lone surrogates", "\ud83d"],
])("megabytes of %s take no time", (_name, unit) => {
  const text = unit.repeat(5_000_000);
  const started = performance.now();
  expect(estimateTokens(text)).toBeGreaterThan(1_000);
  expect(performance.now() - started).toBeLessThan(3_000);
});
