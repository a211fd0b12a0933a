import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { composeReply } from "./compose.ts";

const DOCUMENT = `Invoice 2024-117

Vendor: Example Widgets Ltd
Invoice date: 3 March 2024
Due date: April 2, 2024

Twelve widgets were delivered to Anna Kowalski in Warsaw. The total amount is 1,234.50 EUR, tax included.
Questions go to billing@example.com or https://example.com/help. Returns are not accepted after 30 days.`;

const names = fc.constantFrom(
  "vendor",
  "dueDate",
  "total",
  "summary",
  "language",
  "isPaid",
  "contact_email",
  "items",
  "title",
  "keywords",
  "zzz",
);

type Schema = Record<string, unknown>;

const lengths = fc
  .tuple(fc.nat(40), fc.nat(60))
  .map(([minLength, extra]): Schema => ({ minLength, maxLength: minLength + extra }));
const bounds = fc
  .tuple(fc.integer({ min: -500, max: 500 }), fc.integer({ min: 1, max: 1_000 }))
  .map(([minimum, extra]): Schema => ({ minimum, maximum: minimum + extra }));
const openBounds = fc
  .tuple(fc.integer({ min: -500, max: 500 }), fc.integer({ min: 2, max: 1_000 }))
  .map(([low, extra]): Schema => ({ exclusiveMinimum: low, exclusiveMaximum: low + extra }));

const leaves: fc.Arbitrary<Schema> = fc.oneof(
  fc.constant({ type: "string" }),
  lengths.map((rules) => ({ type: "string", ...rules })),
  fc
    .constantFrom("date", "date-time", "time", "duration", "email", "uri", "uuid", "ipv4", "ipv6")
    .map((format) => ({ type: "string", format })),
  fc
    .constantFrom(
      "^[A-Z]{3}-\\d{4}$",
      "^(yes|no)$",
      "^\\d+$",
      "[a-f]+",
      "^#[0-9a-f]{6}$",
      "^\\S+@\\S+$",
      "^x?y*z+$",
    )
    .map((pattern) => ({ type: "string", pattern })),
  fc
    .tuple(fc.constantFrom("number", "integer"), fc.oneof(bounds, openBounds, fc.constant({})))
    .map(([type, rules]): Schema => ({ type, ...rules })),
  fc.constant({ type: "integer", multipleOf: 7, minimum: 10, maximum: 100 }),
  fc.constant({ type: "boolean" }),
  fc.constant({ type: "null" }),
  fc
    .uniqueArray(fc.constantFrom("invoice", "due-date", "widgets", "other", "paidInFull"), { minLength: 1 })
    .map((options): Schema => ({ type: "string", enum: options })),
  fc.constantFrom("fixed", 3, true).map((value): Schema => ({ const: value })),
  fc.constant({ $ref: "#/$defs/amount" }),
);

const schemas = fc.letrec<{ node: Schema; object: Schema; array: Schema; union: Schema }>((tie) => ({
  node: fc.oneof({ maxDepth: 3, withCrossShrink: true }, leaves, tie("object"), tie("array"), tie("union")),
  object: fc
    .tuple(fc.dictionary(names, tie("node"), { maxKeys: 4 }), fc.boolean(), fc.func(fc.boolean()))
    .map(([properties, closed, isRequired]) => ({
      type: "object",
      properties,
      required: Object.keys(properties).filter((name) => isRequired(name)),
      ...(closed ? { additionalProperties: false } : {}),
    })),
  array: fc.tuple(tie("node"), fc.nat(3), fc.nat(3)).map(([items, minItems, extra]) => ({
    type: "array",
    items,
    minItems,
    maxItems: minItems + extra,
  })),
  union: fc.tuple(tie("node"), fc.boolean()).map(([node, withNull]) => ({
    anyOf: withNull ? [node, { type: "null" }] : [node, { type: "string" }],
  })),
}));

async function answer(schema: Schema, text: string): Promise<unknown> {
  const request = {
    messages: [{ role: "user", content: text }],
    response_format: { type: "json_schema", json_schema: { schema } },
  };
  const { content } = await composeReply(request, { ignoresFormat: false, callId: "1" });
  return JSON.parse(content ?? "null");
}

describe("answers", () => {
  test("follow any schema, whatever the document says", async () => {
    const texts = fc.oneof(
      fc.constant(DOCUMENT),
      fc.constant(""),
      fc.string({ maxLength: 300, unit: "grapheme" }),
    );
    await fc.assert(
      fc.asyncProperty(schemas.object, texts, async (schema, text) => {
        const full = { ...schema, $defs: { amount: { type: "number", minimum: 0 } } };
        const value = await answer(full, text);
        const checked = z.fromJSONSchema(JSON.parse(JSON.stringify(full))).safeParse(value);
        expect(checked.success, `${JSON.stringify(value)}: ${checked.error?.message}`).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  test("are the same for the same request", async () => {
    await fc.assert(
      fc.asyncProperty(schemas.object, async (schema) => {
        const full = { ...schema, $defs: { amount: { type: "number" } } };
        expect(await answer(full, DOCUMENT)).toEqual(await answer(full, DOCUMENT));
      }),
      { numRuns: 50 },
    );
  });
});
