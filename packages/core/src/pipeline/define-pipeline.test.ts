import { describe, expect, it } from "vitest";
import { z } from "zod";
import { definePipeline } from "./define-pipeline.ts";
import { agent, tool } from "./steps/agent.ts";
import { approve } from "./steps/approve.ts";
import { branch } from "./steps/branch.ts";
import { code } from "./steps/code.ts";
import { llm } from "./steps/llm.ts";
import { loop } from "./steps/loop.ts";
import { map } from "./steps/map.ts";
import { parallel } from "./steps/parallel.ts";
import { sleep } from "./steps/sleep.ts";
import { sub } from "./steps/sub.ts";

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
      "an output that cannot be stored",
      () =>
        begin().step("when", code({ output: z.object({ on: z.array(z.date()) }), run: () => ({ on: [] }) })),
      /Step "when" of pipeline "notes": `output\.on` is a date, which cannot be stored as JSON/,
    ],
    [
      "a step that breaks a rule inside others, by its path",
      () =>
        begin().step(
          "all",
          map({
            over: () => [1],
            each: (one) =>
              one.step(
                "both",
                parallel({ ask: llm({ prompt: "x", temperature: -1 }), other: llm({ prompt: "y" }) }),
              ),
          }),
        ),
      /Step "all\/\*\/both\/ask\/ask" of pipeline "notes": expected `temperature` .* got -1/,
    ],
    [
      "an empty block",
      () => begin().step("all", map({ over: () => [1], each: (one) => one })),
      /"all\/\*".*no step stands in it/,
    ],
    [
      "no branch at all",
      () => begin().step("both", parallel({})),
      /expected `branches` to be an object with at least one entry/,
    ],
    [
      "a branch whose name would break paths",
      () => begin().step("both", parallel({ "a/b": llm({ prompt: "x" }) })),
      /named by 1 to 64 characters without \/, # and \*, got "a\/b"/,
    ],
    [
      "a negative limit",
      () => definePipeline({ name: "x", version: 1, input, limits: { requests: -3 } }),
      /Pipeline "x": expected `limits.requests` to be a whole number from 1 to 10000, got -3/,
    ],
    [
      "a weight of nothing",
      () => definePipeline({ name: "x", version: 1, input, weight: 0 }),
      /`weight`.*got 0/,
    ],
    [
      "a loop without an end",
      () =>
        begin().step(
          "again",
          loop({
            state: z.string(),
            start: () => "",
            body: (round) => round.step("ask", llm({ prompt: "x" })),
            until: () => true,
            maxRounds: Number.POSITIVE_INFINITY,
          }),
        ),
      /Step "again".*expected `maxRounds`/,
    ],
    [
      "a timeout without a decision",
      () => begin().step("ok", approve({ decision: z.boolean(), question: () => "?", timeoutMs: 5 })),
      /`timeoutMs` and `onTimeout` belong together/,
    ],
    [
      "a tool whose arguments cannot be sent",
      () =>
        begin().step(
          "act",
          agent({
            prompt: "x",
            tools: [tool({ name: "t", description: "", input: z.object({ at: z.date() }), run: () => 1 })],
          }),
        ),
      /tool "t": `input\.at` cannot be sent/,
    ],
    [
      "two tools of one name",
      () => {
        const twin = tool({ name: "t", description: "", input: z.object({}), run: () => 1 });
        return begin().step("act", agent({ prompt: "x", tools: [twin, twin] }));
      },
      /the tool name "t" is not usable: another tool of the agent has it/,
    ],
    [
      "a schema of another library that cannot be sent",
      () =>
        begin().step(
          "ask",
          llm({
            prompt: "x",
            output: { "~standard": { version: 1, vendor: "own", validate: (value) => ({ value }) } },
          }),
        ),
      /`output` does not tell its JSON schema/,
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

  it("does not change with what runs may use, so that a limit can be raised while they are under way", () => {
    const make = (more: { description?: string; weight?: number; limits?: { requests: number } }) =>
      definePipeline({ name: "notes", version: 1, input, ...more }).step("ask", llm({ prompt: "x" }));
    const raised = make({ description: "other", weight: 2, limits: { requests: 90 } });
    expect(raised.fingerprint).toBe(make({}).fingerprint);
  });

  it("changes with a step, a schema, an option and the output", () => {
    const base = begin().step("ask", llm({ prompt: "x" }));
    const each = (prompt: string) =>
      begin().step("ask", map({ over: () => [1], each: (one) => one.step("say", llm({ prompt })) }));
    const say = llm({ prompt: "x" });
    const chooseA = branch({ on: () => "a", cases: { a: (block) => block.step("say", say) } });
    const chooseB = branch({ on: () => "a", cases: { a: (block) => block.step("tell", say) } });
    const others = [
      begin().step("ask", llm({ prompt: "y" })),
      begin().step("ask", llm({ prompt: "x", examples: [{ prompt: "a", answer: "b" }] })),
      begin().step("ask", llm({ prompt: "x", check: () => true })),
      begin().step("ask", sleep({ forMs: 1 })),
      begin().step("ask", sleep({ forMs: 2 })),
      begin().step(
        "ask",
        sub(base, ({ input }) => input),
      ),
      begin().step(
        "ask",
        sub(make("a"), ({ input }) => input),
      ),
      each("x"),
      each("y"),
      begin().step("ask", chooseA),
      begin().step("ask", chooseB),
      begin().step("ask", llm({ prompt: "x", temperature: 1 })),
      begin().step("asked", llm({ prompt: "x" })),
      base.step("more", llm({ prompt: "x" })),
      base.output(({ steps }) => steps.ask.length),
      make("x"),
      make("x", { total: z.number().min(0) }),
    ];
    const prints = [base, ...others].map(({ fingerprint }) => fingerprint);
    expect(new Set(prints).size).toBe(prints.length);
  });
});
