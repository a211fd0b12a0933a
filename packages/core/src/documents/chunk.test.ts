import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { estimateTokens } from "../shared/token-estimate.ts";
import { chunkText } from "./chunk.ts";

const sentence = "The tenant pays the rent on the first day of each month. ";
const paragraph = sentence.repeat(4).trim();

/** Texts of every shape: words, breaks, headings, scripts without spaces, pairs and halves of pairs. */
const pieces = fc.oneof(
  { weight: 4, arbitrary: fc.stringMatching(/^[a-zA-Z]{1,12}$/) },
  { weight: 4, arbitrary: fc.constantFrom(" ", "\n", "\n\n", ". ", "! ", "\r\n", "\t", "。", "\u00a0") },
  fc.constantFrom("\n# Title\n", "\nTitle\n---\n", "12345", '{"a":1}', "日本語の文です", "ß", "…", "—"),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.constantFrom("😀", "👩‍👩‍👧", "\ud83d", "\ude00", " ".repeat(700), "x".repeat(300), "😀".repeat(40)),
);
const texts = fc.array(pieces, { maxLength: 200, size: "max" }).map((parts) => parts.join(""));
const sizes = fc
  .tuple(fc.integer({ min: 16, max: 120 }), fc.double({ min: 0, max: 0.5, noNaN: true }))
  .map(([maxTokens, share]) => ({ maxTokens, overlapTokens: Math.floor(maxTokens * share) }));

describe("cutting a text into chunks", () => {
  it("gives exact positions, no chunk over the budget, and no blank at the ends", () => {
    fc.assert(
      fc.property(texts, sizes, (text, size) => {
        for (const [place, { text: part, index, start, end }] of chunkText(text, size).entries()) {
          expect(text.slice(start, end)).toBe(part);
          expect(part).toBe(part.trim());
          expect(index).toBe(place);
          expect(estimateTokens(part)).toBeLessThanOrEqual(size.maxTokens);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("leaves out nothing but blank, goes forward with every chunk, and repeats no more than it may", () => {
    fc.assert(
      fc.property(texts, sizes, (text, size) => {
        let covered = 0;
        let begun = -1;
        for (const { start, end } of chunkText(text, size)) {
          expect(text.slice(covered, start).trim()).toBe("");
          expect(start).toBeGreaterThan(begun);
          expect(end).toBeGreaterThan(covered);
          if (start < covered) {
            expect(estimateTokens(text.slice(start, covered))).toBeLessThanOrEqual(size.overlapTokens);
          }
          [covered, begun] = [end, start];
        }
        expect(text.slice(covered).trim()).toBe("");
      }),
      { numRuns: 500 },
    );
  });

  it("never cuts a surrogate pair", () => {
    const pairs = fc.array(fc.constantFrom("😀", "a", " "), { minLength: 50, maxLength: 300 });
    fc.assert(
      fc.property(pairs, sizes, (parts, size) => {
        for (const { text } of chunkText(parts.join(""), size))
          expect(() => encodeURIComponent(text)).not.toThrow();
      }),
    );
  });

  it("gives one chunk for a text within the budget, and none for blank", () => {
    expect(chunkText(`\n ${paragraph}\n`)).toEqual([
      { text: paragraph, index: 0, start: 2, end: 2 + paragraph.length },
    ]);
    expect(chunkText(" \n\t ")).toEqual([]);
    expect(chunkText("")).toEqual([]);
  });

  it.each([
    ["a heading", `${paragraph}\n\n${paragraph}\n# Rent\n${sentence}\n\n${paragraph}`, /^# Rent/],
    [
      "an underlined heading",
      `${paragraph}\n\n${paragraph}\nRent\n----\n${sentence}\n\n${paragraph}`,
      /^Rent\n/,
    ],
    ["a blank line", `${paragraph}\n\n${paragraph}\n\nSo it ends. ${paragraph}${paragraph}`, /^So it ends/],
    ["the end of a sentence", `${sentence.repeat(9)}And so on`.repeat(2), /^(The tenant|And so on)/],
    ["the end of a sentence without spaces", "租户每月第一天支付租金。".repeat(40), /^租户/],
    ["the end of a line", "rent due each month without any stop at all\n".repeat(30), /^rent due/],
    ["the end of a word", "tenant ".repeat(200), /^tenant/],
  ])("prefers %s", (_where, text, beginning) => {
    const chunks = chunkText(text, { maxTokens: 150 });
    expect(chunks.length).toBeGreaterThan(1);
    for (const chunk of chunks.slice(1)) expect(chunk.text).toMatch(beginning);
  });

  it("passes a better place by when the chunk would be less than half full", () => {
    const [first] = chunkText(`${sentence}\n# Rent\n${paragraph.repeat(3)}`, { maxTokens: 100 });
    expect(first?.text).toContain("# Rent");
  });

  it("repeats whole sentences where an overlap is asked for", () => {
    const chunks = chunkText(sentence.repeat(40), { maxTokens: 120, overlapTokens: 40 });
    expect(chunks.length).toBeGreaterThan(3);
    for (const [index, { start, text }] of chunks.entries()) {
      const before = chunks[index - 1];
      if (before) expect(before.end - start).toBeGreaterThan(sentence.length);
      expect(text).toMatch(/^The tenant.*month\.$/s);
    }
  });

  it.each([
    ["one word", "x".repeat(5_000_000)],
    ["sentences", sentence.repeat(90_000)],
    ["blank", `a${" ".repeat(5_000_000)}b`],
    ["quotes and stops", `."'"`.repeat(1_250_000)],
    ["lines of dashes", "--\n- \n".repeat(800_000)],
  ])(
    "takes linear time over 5 MB of %s",
    (_what, text) => {
      const seconds = (part: string) => {
        const begun = performance.now();
        chunkText(part, { maxTokens: 1_000, overlapTokens: 100 });
        return (performance.now() - begun) / 1_000;
      };
      seconds(text.slice(0, 500_000));
      const tenth = Math.max(seconds(text.slice(0, text.length / 10)), 0.02);
      expect(seconds(text) / tenth).toBeLessThan(60);
    },
    30_000,
  );

  it.each([
    { maxTokens: 15 },
    { maxTokens: 100.5 },
    { maxTokens: Number.NaN },
    { overlapTokens: -1 },
    { maxTokens: 100, overlapTokens: 51 },
  ])("refuses %j", (options) => {
    expect(() => chunkText("text", options)).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  });

  it("takes undefined for the default", () => {
    expect(chunkText(paragraph, { maxTokens: undefined, overlapTokens: undefined })).toHaveLength(1);
  });
});
