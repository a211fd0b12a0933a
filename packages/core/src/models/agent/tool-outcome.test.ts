import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { failureText } from "./tool-outcome.ts";

const name = fc.stringMatching(/^[A-Za-z0-9_.@-]{1,12}$/);
const path = fc
  .tuple(
    fc.constantFrom("/", "C:\\", "file:///", "\\\\server\\"),
    fc.array(name, { minLength: 1, maxLength: 6 }),
  )
  .map(([root, names]) => root + names.join(root.includes("\\") ? "\\" : "/"));

describe("telling a model of a failed tool", () => {
  it("never tells a path of this machine", () =>
    fc.assert(
      fc.property(path, fc.constantFrom(" ", "'", '"', "(", ":", "="), (at, before) => {
        const told = failureText(new Error(`cannot open${before}${at}${before}`));
        expect(told).toContain("(path)");
        expect(told).not.toContain(at);
      }),
    ));

  it("is short, on one line and without a stack, whatever was thrown", () =>
    fc.assert(
      fc.property(fc.anything(), fc.string(), (thrown, message) => {
        const error = new Error(message);
        for (const told of [failureText(thrown), failureText(error), failureText(error.stack)]) {
          expect(told).toMatch(/^The tool failed: ./);
          expect(told.length).toBeLessThanOrEqual(200);
          expect(told).not.toMatch(/\n|\.ts:\d/);
        }
      }),
    ));

  it("lets addresses of the web, dates and fractions stand", () => {
    const text = "https://example.org/a/b answered 404 on 03/04/2027 and/or was 1 / 2 full";
    expect(failureText(text)).toBe(`The tool failed: ${text}`);
  });
});
