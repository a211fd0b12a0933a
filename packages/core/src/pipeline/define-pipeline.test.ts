import { describe, expect, it } from "vitest";
import { z } from "zod";
import { definePipeline } from "./define-pipeline.ts";
import { code } from "./steps/code.ts";
import { llm } from "./steps/llm.ts";

const input = z.object({ text: z.string() });
const begin = () => definePipeline({ name: "notes", version: 1, input });

describe("defining a pipeline", () => {
  it.each([
    ["a bad name", () => definePipeline({ name: "../x", version: 1, input }), /its name must match/],
    [
      "a version below 1",
      () => definePipeline({ name: "x", version: 0, input }),
      /expected `version` to be a whole number from 1 up, got 0 \(number\)/,
    ],
    ["a bad step name", () => begin().step("a b", llm({ prompt: "x" })), /step name "a b" must match/],
    [
      "a model that may cost money",
      () => begin().step("ask", llm({ prompt: "x", models: ["openai/gpt-5"] })),
      /"openai\/gpt-5".*does not end in ":free"/,
    ],
    [
      "a temperature outside its range",
      () => begin().step("ask", llm({ prompt: "x", temperature: 3 })),
      /Step "ask" of pipeline "notes": expected `temperature` to be a number from 0 to 2, got 3 \(number\)/,
    ],
    [
      "a fraction of a token",
      () => begin().step("ask", llm({ prompt: "x", maxOutputTokens: 1.5 })),
      /`maxOutputTokens` to be a whole number/,
    ],
    [
      "a schema that cannot be sent",
      () => begin().step("when", llm({ output: z.object({ at: z.date() }), prompt: "x" })),
      /Step "when" of pipeline "notes".*z\.iso\.date\(\)/,
    ],
  ])("refuses %s with the rule", (_what, define, message) => {
    expect(define).toThrow(message);
  });

  it("refuses a taken step name also where the compiler was not asked", () => {
    const named: string = "one";
    const taken = () =>
      begin()
        .step(named, llm({ prompt: "x" }))
        // @ts-expect-error a name that the compiler does not know counts as taken after the first step
        .step(named, llm({ prompt: "y" }));
    expect(taken).toThrow('two steps are named "one"');
  });

  it("takes an option of undefined for one left out", () => {
    expect(llm({ prompt: "x", temperature: undefined, task: undefined }).definition).toEqual(
      expect.objectContaining({ temperature: 0, task: "general" }),
    );
  });

  it("changes nothing in the pipeline it is called on", () => {
    const base = begin().step("one", llm({ prompt: "x" }));
    base.step("two", llm({ prompt: "y" }));
    expect(base.steps.map(({ name }) => name)).toEqual(["one"]);
  });
});

describe("the fingerprint", () => {
  const make = (prompt: string, more: { total?: z.ZodType<number> } = {}) =>
    begin()
      .step("ask", llm({ output: z.object({ total: more.total ?? z.number() }), prompt: () => prompt }))
      .step("check", code({ output: z.number(), run: () => 1 }));

  it("is the same for the same definition", () => {
    expect(make("a").fingerprint).toBe(make("a").fingerprint);
  });

  it("changes with a step, a schema, an option and the output", () => {
    const base = begin().step("ask", llm({ prompt: "x" }));
    const others = [
      begin().step("ask", llm({ prompt: "x", temperature: 1 })),
      begin().step("asked", llm({ prompt: "x" })),
      base.step("more", llm({ prompt: "x" })),
      base.output(({ steps }) => steps.ask.length),
      make("x"),
      make("x", { total: z.number().min(0) }),
    ];
    expect(new Set([base, ...others].map(({ fingerprint }) => fingerprint)).size).toBe(7);
  });
});
