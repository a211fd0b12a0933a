import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allHold } from "./all-hold.ts";
import { numbersFrom } from "./numbers-from.ts";
import { quotesFrom } from "./quotes-from.ts";

describe("quotes", () => {
  const check = quotesFrom("He said: “The sup-\nplier is  liable – always.”\n\nSigned: Ærø ﬁrm");

  it.each(["The supplier is liable - always.", 'he said: "the supplier', "SIGNED: ærø firm", ""])(
    "hold when they stand in the document: %j",
    (quote) => {
      expect(check(quote)).toBe(true);
    },
  );

  it.each(["The supplier is not liable", "supplier was liable"])(
    "are refused when they do not: %j",
    (quote) => {
      expect(check(quote)).toMatch(/^The quote ".*" does not stand in the document\.$/);
      expect(check([null, "liable", quote])).toContain(quote);
    },
  );

  it("hold for every piece of any document", () => {
    fc.assert(
      fc.property(fc.array(fc.lorem(), { minLength: 1 }), fc.nat(), fc.nat(), (words, from, length) => {
        const text = words.join(" ").split(" ");
        const piece = text.slice(from % text.length, (from % text.length) + 1 + (length % 5)).join(" ");
        expect(quotesFrom(text.join("\n"))(piece)).toBe(true);
      }),
    );
  });
});

describe("numbers", () => {
  const check = numbersFrom(
    "Total: EUR 1.234,50 (net 1,034.5), 19 % VAT, 3 x 12, due 2026-05-31, No. 4'711, 2 000 000 pcs",
  );

  it.each([1234.5, 1034.5, 19, 3, 12, 2026, 31, 4711, 2_000_000, -12])(
    "hold however they are written: %d",
    (value) => {
      expect(check({ value })).toBe(true);
    },
  );

  it.each([1234.6, 20, 5.5, 47, 0])("are refused when they do not stand there: %d", (value) => {
    expect(check({ lines: [{ value }] })).toBe(
      `The number ${value} (\`lines.0.value\`) does not stand in the document.`,
    );
    expect(check(value)).toBe(`The number ${value} does not stand in the document.`);
  });

  it("leave everything but numbers alone", () => {
    expect(check({ vendor: "ACME 99", paid: true, due: null, tags: ["7.7"] })).toBe(true);
  });

  it("are found in the way in which any language writes them", () => {
    const amount = fc.integer({ min: 0, max: 99_999_999 }).map((cents) => cents / 100);
    fc.assert(
      fc.property(amount, fc.constantFrom("en-GB", "de-DE", "fr-FR", "de-CH", "sv-SE"), (value, locale) => {
        const written = value.toLocaleString(locale, { minimumFractionDigits: 2 });
        expect(numbersFrom(`Sum ${written} EUR`)(value)).toBe(true);
      }),
    );
  });
});

describe("several checks", () => {
  it("hold together, or say what the first broken one says", () => {
    expect(allHold(true, true)).toBe(true);
    expect(allHold(true, "no", false)).toBe("no");
    expect(allHold(false)).toBe(false);
  });
});
