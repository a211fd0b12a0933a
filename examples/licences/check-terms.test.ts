import { expect, test } from "vitest";
import { checkTerms } from "./check-terms.ts";
import type { LicenceTerms } from "./terms.ts";

const gpl: Omit<LicenceTerms, "name" | "summary"> = {
  permissions: ["modifications", "distribution", "patent-use"],
  conditions: ["disclose-source", "same-license"],
  limitations: ["warranty"],
  copyleft: "strong",
};

test("finds nothing in fields that agree", () => {
  expect(checkTerms(gpl)).toEqual({ consistent: true, notes: [] });
});

test.each([
  [{ conditions: ["disclose-source"] }, "strong copyleft without the condition same-license"],
  [{ conditions: ["same-license"] }, "strong copyleft without the condition disclose-source"],
  [{ copyleft: "none" }, "the condition same-license without copyleft"],
  [{ limitations: ["patent-use"] }, "patent-use both granted and excluded"],
  [
    { copyleft: "weak", conditions: ["same-license", "network-use-disclose"] },
    "network-use-disclose without disclose-source",
  ],
] satisfies [Partial<LicenceTerms>, string][])("names the contradiction in %j", (change, note) => {
  expect(checkTerms({ ...gpl, ...change })).toEqual({ consistent: false, notes: [note] });
});
