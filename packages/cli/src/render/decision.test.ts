import { expect, test } from "vitest";
import { z } from "zod";
import { exampleOf, renderQuestion } from "./decision.ts";

const exampleFor = (schema: z.ZodType) => exampleOf(z.toJSONSchema(schema, { io: "input" }));

test.each([
  ["what is needed, not what has a default", z.object({ ok: z.boolean(), note: z.string().default("") })],
  ["one of a few words", z.enum(["pay", "keep"])],
  ["a variant of several", z.discriminatedUnion("do", [z.object({ do: z.literal("pay"), cents: z.int() })])],
  ["values in values", z.object({ who: z.object({ name: z.string(), tags: z.array(z.string()) }) })],
  ["a plain value", z.boolean()],
])("shows %s, as a decision that fits", (_what, schema) => {
  expect(schema.safeParse(exampleFor(schema)).error).toBeUndefined();
});

test("shows nothing where the schema tells nothing", () => {
  expect([exampleOf(null), exampleOf({}), exampleOf({ type: "object" })]).toEqual([null, null, {}]);
});

test("shows the question in its lines, obeys nothing in it, and says how long there is", () => {
  const asked = { step: "release", question: "Pay\n\u001b[31m12?", until: Date.UTC(2026, 0, 31, 14, 5, 9) };
  expect(renderQuestion(asked, { type: "boolean" })).toBe(
    [
      "step release",
      "until 2026-01-31 14:05:09 UTC; after that the step decides by itself",
      "",
      "Pay",
      "\\u{1b}[31m12?",
      "",
      "decision {",
      '  "type": "boolean"',
      "}",
    ].join("\n"),
  );
});
