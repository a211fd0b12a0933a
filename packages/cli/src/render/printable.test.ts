import fc from "fast-check";
import { expect, test } from "vitest";
import { printable } from "./printable.ts";

test("leaves no character that a terminal obeys", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(printable(text)).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069\u2028\u2029]/u);
    }),
  );
});

test("escapes what would clear a screen, hide or turn text round", () => {
  expect(printable("a\u001b[2Jb\u202etxt.exe\u0000")).toBe("a\\u{1b}[2Jb\\u{202e}txt.exe\\u{0}");
});

test("joins lines and keeps letters of every script", () => {
  expect(printable("one\r\n\ttwo  Größe 日本 नमस्ते")).toBe("one two Größe 日本 नमस्ते");
});
