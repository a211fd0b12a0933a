import { SluiceError } from "@sluice/core";
import { expect, test } from "vitest";
import { renderError, renderUsageError } from "./error.ts";

test("shows code, message and what to type next", () => {
  const error = new SluiceError("PIPELINE_UNKNOWN", { message: "There is none." });
  expect(renderError(error)).toEqual({
    code: "PIPELINE_UNKNOWN",
    text: "error PIPELINE_UNKNOWN: There is none.\n  Next: sluice pipelines",
  });
});

test("asks for a report of an error that nobody foresaw, without its stack", () => {
  const { code, text } = renderError(new TypeError("x is not a function"));
  expect(code).toBe("INTERNAL");
  expect(text).toMatch(/^error INTERNAL: x is not a function\n.*SLUICE_DEBUG=1.*report/);
  expect(text).not.toContain("at ");
});

test("shows names in errors without obeying them", () => {
  const error = new SluiceError("DOCUMENT_NOT_FOUND", { message: '"\u001b[2J" does not exist' });
  expect(renderError(error).text).toContain('"\\u{1b}[2J"');
});

test("keeps the parser's suggestion", () => {
  expect(renderUsageError("error: unknown option '--jsn'\n(Did you mean --json?)")).toBe(
    "error OPTION_INVALID: unknown option '--jsn'\n  (Did you mean --json?)\n  Next: sluice --help, or sluice COMMAND --help",
  );
});
