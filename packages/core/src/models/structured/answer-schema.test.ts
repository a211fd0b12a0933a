import { describe, expect, it } from "vitest";
import { z } from "zod";
import { answerSchema } from "./answer-schema.ts";

describe("the schema that is sent", () => {
  it("is the JSON schema of what a model must write", () => {
    const schema = z.object({ total: z.number().describe("in EUR"), due: z.iso.date().nullable() });
    expect(answerSchema(schema, "step").schema).toMatchObject({
      type: "object",
      required: ["total", "due"],
      properties: { total: { type: "number", description: "in EUR" } },
    });
  });

  it("leaves transforms to our side", () => {
    const schema = z.object({ year: z.string().transform(Number) });
    expect(answerSchema(schema, "step").schema).toMatchObject({ properties: { year: { type: "string" } } });
  });

  it.each([
    ["a date", z.object({ at: z.date() }), /Date cannot be represented/],
    ["a map", z.object({ all: z.map(z.string(), z.string()) }), /z\.record\(\) for maps/],
    ["a bare string", z.string(), /wrap the value in a field/],
    ["an array", z.array(z.string()), /must be an object schema/],
  ])("refuses %s with what to use instead", (_what, schema, message) => {
    expect(() => answerSchema(schema, 'Step "extract"')).toThrow(message);
    expect(() => answerSchema(schema, 'Step "extract"')).toThrow(/^Step "extract"/);
  });

  it("names the innermost part that cannot be sent", () => {
    const schema = z.object({
      lines: z.array(z.object({ paid: z.union([z.string(), z.object({ at: z.date() })]).nullable() })),
    });
    expect(() => answerSchema(schema, "Step")).toThrow(/`output\.lines\.\[\]\.paid\.at` cannot be sent/);
  });
});
