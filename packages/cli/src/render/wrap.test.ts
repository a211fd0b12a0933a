import fc from "fast-check";
import { expect, test } from "vitest";
import { widthOf } from "./table.ts";
import { wrap } from "./wrap.ts";

test.each([
  ["one two three", 7, ["one two", "three"]],
  ["one two three", 8, ["one two", "three"]],
  ["abcdefghij", 4, ["abcd", "efgh", "ij"]],
  ["first\n\nsecond", 20, ["first", "", "second"]],
  ["    indented code", 40, ["    indented code"]],
  ["    abcdefgh", 6, ["    ab", "cdefgh"]],
  ["日本語日本語", 5, ["日本", "語日", "本語"]],
  ["", 10, [""]],
])("breaks %j at %d columns", (text, columns, lines) => {
  expect(wrap(text, columns)).toEqual(lines);
});

test("never goes over the columns, and loses nothing but white space", () => {
  const words = fc.array(fc.string({ maxLength: 30, unit: "grapheme" }), { maxLength: 12 });
  fc.assert(
    fc.property(words, fc.integer({ min: 4, max: 60 }), (parts, columns) => {
      const text = parts.join(" ");
      const lines = wrap(text, columns);
      expect(lines.every((line) => widthOf(line) <= columns)).toBe(true);
      expect(lines.join("").replace(/\s/g, "")).toBe(text.replace(/\s/g, ""));
    }),
  );
});
