import type { StandardSchemaV1 } from "@standard-schema/spec";
import { expectTypeOf } from "vitest";
import { z } from "zod";
import { defineConfig } from "./define-config.ts";
import { definePipeline } from "./define-pipeline.ts";
import type { AnyPipeline, Pipeline } from "./pipeline.ts";
import { code } from "./steps/code.ts";
import { llm } from "./steps/llm.ts";

const input = z.object({ text: z.string(), name: z.string() });
const invoice = z.object({ vendor: z.string(), total: z.number(), due: z.iso.date().nullable() });
const begin = () => definePipeline({ name: "invoices", version: 1, input });

// Every step's functions see the input and the outputs of the steps before them.
const invoices = begin()
  .step(
    "extract",
    llm({
      output: invoice,
      prompt: (view) => {
        expectTypeOf(view.input).toEqualTypeOf<{ text: string; name: string }>();
        expectTypeOf(view.steps).toEqualTypeOf<Record<never, never>>();
        return view.input.text;
      },
    }),
  )
  .step(
    "check",
    code({
      output: z.object({ ok: z.boolean() }),
      run: ({ input, steps, run, signal }) => {
        expectTypeOf(steps).toEqualTypeOf<{
          readonly extract: { vendor: string; total: number; due: string | null };
        }>();
        expectTypeOf(run.id).toBeString();
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
        return { ok: steps.extract.total > input.text.length };
      },
    }),
  );

// The run's output is the last step's, unless `.output()` says otherwise.
expectTypeOf(invoices).toExtend<Pipeline<{ text: string; name: string }, { ok: boolean }>>();
const combined = invoices.output(({ steps, input: document }) => ({
  ...steps.extract,
  ok: steps.check.ok,
  name: document.name,
}));
expectTypeOf(combined).toExtend<
  Pipeline<
    { text: string; name: string },
    { vendor: string; total: number; due: string | null; ok: boolean; name: string }
  >
>();

// A step without a schema gives text; a prompt may be a string or messages; a function may be async.
const texts = begin()
  .step("say", llm({ prompt: "Say something." }))
  .step("ask", llm({ prompt: ({ steps }) => [{ role: "user", content: steps.say }] }))
  .step("count", code({ output: z.number(), run: async ({ steps }) => steps.ask.length }));
expectTypeOf(texts).toExtend<Pipeline<{ text: string; name: string }, number>>();

// A check and the examples know the answer.
begin().step(
  "extract",
  llm({
    output: invoice,
    prompt: "x",
    examples: [{ prompt: "ACME, 3 EUR", answer: { vendor: "ACME", total: 3, due: null } }],
    check: ({ input, output }) => {
      expectTypeOf(output).toEqualTypeOf<{ vendor: string; total: number; due: string | null }>();
      return input.text.includes(output.vendor) || `"${output.vendor}" does not stand in the text`;
    },
  }),
);

// A schema of another library, by Standard Schema.
declare const foreign: StandardSchemaV1<unknown, { count: number }>;
const counted = definePipeline({ name: "counted", version: 1, input: foreign }).step(
  "double",
  code({ output: foreign, run: ({ input }) => ({ count: input.count * 2 }) }),
);
expectTypeOf(counted).toExtend<Pipeline<{ count: number }, { count: number }>>();

// A transformed schema gives its output side.
const dated = begin().step(
  "when",
  llm({
    output: z.object({ year: z.iso.date().transform((day) => Number(day.slice(0, 4))) }),
    prompt: ({ input }) => input.text,
  }),
);
expectTypeOf(dated).toExtend<Pipeline<{ text: string; name: string }, { year: number }>>();

// A registry takes pipelines of any type.
expectTypeOf(invoices).toExtend<AnyPipeline>();
defineConfig({ pipelines: [invoices, combined, texts] });

// What must not compile:

// @ts-expect-error a later step is not there yet
begin().step("first", code({ output: z.number(), run: ({ steps }) => steps.second }));

// @ts-expect-error the function's result does not fit its schema
begin().step("wrong", code({ output: z.object({ ok: z.boolean() }), run: () => ({ ok: "yes" }) }));

// @ts-expect-error a field is missing
begin().step("short", code({ output: z.object({ a: z.string(), b: z.string() }), run: () => ({ a: "" }) }));

// @ts-expect-error the input has no such field
begin().step("ask", llm({ prompt: ({ input }) => input.body }));

// @ts-expect-error a task that does not exist
begin().step("ask", llm({ task: "poetry", prompt: "x" }));

// @ts-expect-error an option that does not exist
begin().step("ask", llm({ prompt: "x", retries: 3 }));

// @ts-expect-error a prompt must be text or messages
begin().step("ask", llm({ prompt: ({ input }) => input.text.length }));

// @ts-expect-error a message role that does not exist
begin().step("ask", llm({ prompt: () => [{ role: "robot", content: "x" }] }));

const one = begin().step("one", llm({ prompt: "x" }));
// @ts-expect-error the name is taken
one.step("one", llm({ prompt: "x" }));

// @ts-expect-error a code step needs a schema for its output
begin().step("bare", code({ run: () => 1 }));

// @ts-expect-error nothing comes after `.output()`
combined.step("more", llm({ prompt: "x" }));

// @ts-expect-error an example must fit the schema
llm({ output: invoice, prompt: "x", examples: [{ prompt: "ACME", answer: { vendor: "ACME" } }] });

// @ts-expect-error the answer has no such field
begin().step("ask", llm({ output: invoice, prompt: "x", check: ({ output }) => output.sum > 0 }));

// @ts-expect-error a check gives true, false or what is wrong
llm({ output: invoice, prompt: "x", check: ({ output }) => output.total });

// @ts-expect-error a limit that does not exist
definePipeline({ name: "x", version: 1, input, limits: { tokens: 5 } });

// @ts-expect-error a pipeline needs a version
definePipeline({ name: "x", input });

// @ts-expect-error a configuration holds pipelines, not steps
defineConfig({ pipelines: [llm({ prompt: "x" })] });
