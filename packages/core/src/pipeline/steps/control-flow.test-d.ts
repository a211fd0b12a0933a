import { expectTypeOf } from "vitest";
import { z } from "zod";
import type { ErrorRecord } from "../../errors/sluice-error.ts";
import { definePipeline } from "../define-pipeline.ts";
import type { Pipeline } from "../pipeline.ts";
import { agent, tool } from "./agent.ts";
import { approve } from "./approve.ts";
import { branch } from "./branch.ts";
import { code } from "./code.ts";
import { llm } from "./llm.ts";
import { loop } from "./loop.ts";
import { map } from "./map.ts";
import { parallel } from "./parallel.ts";
import { reduce } from "./reduce.ts";
import { sleep } from "./sleep.ts";
import { sub } from "./sub.ts";

const chunk = z.object({ text: z.string(), page: z.number() });
type Chunk = z.infer<typeof chunk>;
const input = z.object({ text: z.string(), chunks: z.array(chunk) });
type Input = z.infer<typeof input>;
const begin = () => definePipeline({ name: "flow", version: 1, input });
const count = z.object({ count: z.number() });
const counting = code({ output: count, run: () => ({ count: 1 }) });

// map: the item's type comes from `over`; inner steps see it, the steps before, and each other.
const mapped = begin()
  .step("before", counting)
  .step(
    "notes",
    map({
      over: ({ input }) => input.chunks,
      each: (item) =>
        item
          .step(
            "note",
            llm({
              output: z.object({ points: z.array(z.string()) }),
              prompt: (view) => {
                expectTypeOf(view.item).toEqualTypeOf<Chunk>();
                expectTypeOf(view.index).toBeNumber();
                expectTypeOf(view.input).toEqualTypeOf<Input>();
                expectTypeOf(view.steps.before).toEqualTypeOf<{ count: number }>();
                return view.item.text;
              },
            }),
          )
          .step("size", code({ output: z.number(), run: ({ steps }) => steps.note.points.length })),
    }),
  );
expectTypeOf(mapped).toExtend<Pipeline<Input, number[]>>();

// map that collects errors gives both kinds of results.
const collected = begin().step(
  "notes",
  map({
    over: ({ input }) => input.chunks,
    each: (item) => item.step("note", llm({ prompt: ({ item }) => item.text })),
    onItemError: "collect",
  }),
);
expectTypeOf(collected).toExtend<
  Pipeline<Input, Array<{ ok: true; value: string } | { ok: false; error: ErrorRecord }>>
>();

// A map inside a map sees its own item.
const nested = begin().step(
  "rows",
  map({
    over: () => [[1, 2], [3]],
    each: (row) =>
      row.step(
        "cells",
        map({
          over: ({ item }) => item,
          each: (cell) => cell.step("square", code({ output: z.number(), run: ({ item }) => item ** 2 })),
        }),
      ),
  }),
);
expectTypeOf(nested).toExtend<Pipeline<Input, number[][]>>();

// reduce gives what its items are.
const reduced = mapped.step(
  "total",
  reduce({
    over: ({ steps }) => steps.notes,
    combine: (group) =>
      group.step(
        "sum",
        code({ output: z.number(), run: ({ items }) => items.reduce((sum, one) => sum + one, 0) }),
      ),
    whenEmpty: () => 0,
  }),
);
expectTypeOf(reduced).toExtend<Pipeline<Input, number>>();

// parallel joins its branches, of one step or of several, under their names.
const joined = begin().step(
  "both",
  parallel({
    say: llm({ prompt: ({ input }) => input.text }),
    size: (inner) =>
      inner
        .step("first", counting)
        .step("second", code({ output: z.number(), run: ({ steps }) => steps.first.count })),
  }),
);
expectTypeOf(joined).toExtend<Pipeline<Input, { say: string; size: number }>>();

// branch gives the union of its cases; a discriminated value is narrowed in each.
const kind = code({ output: z.enum(["invoice", "letter"]), run: () => "letter" as const });
const branched = begin()
  .step("kind", kind)
  .step(
    "handled",
    branch({
      on: ({ steps }) => steps.kind,
      cases: {
        invoice: (block) => block.step("fields", counting),
        letter: (block) => block.step("summary", llm({ prompt: ({ input }) => input.text })),
      },
    }),
  );
expectTypeOf(branched).toExtend<Pipeline<Input, { count: number } | string>>();

const shape = z.discriminatedUnion("type", [
  z.object({ type: z.literal("circle"), radius: z.number() }),
  z.object({ type: z.literal("label"), label: z.string() }),
]);
const measured = definePipeline({ name: "shapes", version: 1, input: shape }).step(
  "size",
  branch({
    on: ({ input }) => input,
    by: "type",
    cases: {
      circle: (block) => block.step("r", code({ output: z.number(), run: ({ value }) => value.radius })),
      label: (block) => block.step("l", code({ output: z.number(), run: ({ value }) => value.label.length })),
    },
  }),
);
expectTypeOf(measured).toExtend<Pipeline<z.infer<typeof shape>, number>>();

// loop carries its state.
const looped = begin().step(
  "draft",
  loop({
    state: z.object({ text: z.string(), score: z.number() }),
    start: ({ input }) => ({ text: input.text, score: 0 }),
    body: (round) =>
      round.step(
        "better",
        code({
          output: z.object({ text: z.string(), score: z.number() }),
          run: ({ state, round }) => ({ text: state.text, score: state.score + round }),
        }),
      ),
    until: ({ state, round }) => state.score > 8 || round > 2,
    maxRounds: 3,
  }),
);
expectTypeOf(looped).toExtend<Pipeline<Input, { text: string; score: number }>>();

// sub, approve, sleep.
const rested = begin()
  .step(
    "inner",
    sub(measured, ({ input }) => ({ type: "circle" as const, radius: input.chunks.length })),
  )
  .step(
    "release",
    approve({
      decision: z.object({ ok: z.boolean() }),
      question: ({ steps }) => `Release ${steps.inner.toFixed(1)}?`,
      timeoutMs: 1_000,
      onTimeout: () => ({ ok: false }),
    }),
  )
  .step("later", sleep({ until: ({ steps }) => (steps.release.ok ? 0 : "2030-01-01") }))
  .step("then", sleep({ forMs: 5 }))
  .output(({ steps }) => ({ ok: steps.release.ok, at: steps.then }));
expectTypeOf(rested).toExtend<Pipeline<Input, { ok: boolean; at: string }>>();

// agent, with typed tools.
const vat = tool({
  name: "vat_rate",
  description: "The VAT rate of a country, in percent.",
  input: z.object({ country: z.string() }),
  run: ({ country }) => country.length,
});
const asked = begin().step(
  "tax",
  agent({
    tools: [vat],
    output: z.object({ tax: z.number() }),
    prompt: ({ input }) => input.text,
    check: ({ output }) => output.tax >= 0,
  }),
);
expectTypeOf(asked).toExtend<Pipeline<Input, { tax: number }>>();
expectTypeOf(begin().step("say", agent({ tools: [], prompt: "x" }))).toExtend<Pipeline<Input, string>>();

// A step may be made before it has a place; it then sees nothing but what it brings itself.
const doubled = map({
  over: (_view: { readonly input: Input }) => [1, 2],
  each: (one) => one.step("twice", code({ output: z.number(), run: ({ item }) => item * 2 })),
});
expectTypeOf(begin().step("doubled", doubled)).toExtend<Pipeline<Input, number[]>>();
