import { describe, expect, it } from "vitest";
import { parseJson } from "./json.ts";
import { isTooDeep, MAX_JSON_DEPTH } from "./json-depth.ts";
import { describeProblems } from "./problems.ts";

const nested = (levels: number, inner = "") => "[".repeat(levels) + inner + "]".repeat(levels);

describe("the depth of a JSON text", () => {
  it("is limited, a million levels and brackets without an end included", () => {
    expect(isTooDeep(nested(MAX_JSON_DEPTH))).toBe(false);
    expect(isTooDeep(nested(MAX_JSON_DEPTH + 1))).toBe(true);
    expect(isTooDeep('{"a":'.repeat(1_000_000))).toBe(true);
    expect(() => parseJson(nested(1_000_000))).toThrow(SyntaxError);
    expect(parseJson(`[${nested(3)}, ${nested(3)}]`)).toEqual([[[[]]], [[[]]]]);
  });

  it("does not count what stands in strings, nor what is closed again", () => {
    const tricky = JSON.stringify({ text: `${"[".repeat(600)}"\\`, more: "{".repeat(600) });
    expect(isTooDeep(tricky)).toBe(false);
    expect(isTooDeep(`[${"[],".repeat(1_000)}[]]`)).toBe(false);
    expect(isTooDeep(`{"\\\\": ${nested(600)}}`)).toBe(true);
  });

  it("does not matter to whoever describes a problem", () => {
    const value: unknown = JSON.parse(nested(100_000));
    const told = describeProblems([{ message: "expected a number", path: [] }], value);
    expect(told).toContain("expected a number");
  });
});
