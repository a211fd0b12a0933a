import { expectTypeOf } from "vitest";
import { z } from "zod";
import { documentSchema } from "../../documents/document.ts";
import { definePipeline } from "../define-pipeline.ts";
import type { Pipeline } from "../pipeline.ts";
import { branch } from "../steps/branch.ts";
import { code } from "../steps/code.ts";
import { llm } from "../steps/llm.ts";
import { map } from "../steps/map.ts";
import { parallel } from "../steps/parallel.ts";
import { type AnswerFrom, answerFrom } from "./answer-from.ts";
import { classify } from "./classify.ts";
import { extract } from "./extract.ts";
import { type DocumentChunk, splitDocument } from "./split-document.ts";
import { summarize } from "./summarize.ts";
import { translate } from "./translate.ts";

type Input = z.infer<typeof documentSchema>;
const begin = () => definePipeline({ name: "mail", version: 1, input: documentSchema });

// classify: the labels are the type, from a list or from a record, and `branch` wants a case for each.
const sorted = begin().step(
  "kind",
  classify({
    text: (view) => {
      expectTypeOf(view.input).toEqualTypeOf<Input>();
      return view.input.text;
    },
    labels: ["invoice", "letter"],
  }),
);
expectTypeOf(sorted).toExtend<Pipeline<Input, { label: "invoice" | "letter" }>>();
expectTypeOf<NonNullable<(typeof sorted)["outputType"]>>().toEqualTypeOf<{ label: "invoice" | "letter" }>();

const meant = begin().step(
  "kind",
  classify({
    text: ({ input }) => input.text,
    labels: { invoice: "asks for money", letter: "anything else" },
  }),
);
expectTypeOf<NonNullable<(typeof meant)["outputType"]>>().toEqualTypeOf<{ label: "invoice" | "letter" }>();

const LABELS = ["a", "b"] as const;
const named = begin().step("kind", classify({ text: () => "", labels: LABELS }));
expectTypeOf<NonNullable<(typeof named)["outputType"]>>().toEqualTypeOf<{ label: "a" | "b" }>();

const handled = sorted.step(
  "handled",
  branch({
    on: ({ steps }) => steps.kind.label,
    cases: {
      invoice: (block) =>
        block.step(
          "fields",
          extract({ text: ({ input }) => input.text, fields: z.object({ total: z.number().nullable() }) }),
        ),
      letter: (block) => block.step("summary", summarize({ text: ({ input }) => input.text, maxWords: 50 })),
    },
  }),
);
expectTypeOf(handled).toExtend<Pipeline<Input, string | { total: number | null }>>();

sorted.step(
  "handled",
  branch({
    // @ts-expect-error the case for letters is missing
    on: ({ steps }) => steps.kind.label,
    cases: { invoice: (block) => block.step("say", llm({ prompt: "x" })) },
  }),
);

// The steps before are seen by every ready-made step.
const chained = begin()
  .step("english", translate({ text: ({ input }) => input.text, to: "English" }))
  .step("summary", summarize({ text: ({ steps }) => steps.english, focus: "dates" }))
  .step(
    "answer",
    answerFrom({ question: ({ input }) => `Who wrote ${input.name}?`, text: ({ steps }) => steps.summary }),
  )
  .step("author", code({ output: z.string().nullable(), run: ({ steps }) => steps.answer.answer }));
expectTypeOf(chained).toExtend<Pipeline<Input, string | null>>();

// answerFrom: without an answer there are no quotes.
const judge = (given: AnswerFrom) => {
  if (given.answer === null) expectTypeOf(given.quotes).toEqualTypeOf<[]>();
  else expectTypeOf(given.quotes).toEqualTypeOf<string[]>();
};
judge({ answer: null, quotes: [] });

// splitDocument takes a loaded document's pages, and gives the items of a map or what to answer from.
const chunked = begin().step(
  "chunks",
  splitDocument({ text: ({ input }) => input.text, pages: ({ input }) => input.pages, maxTokens: 500 }),
);
const perChunk = chunked.step(
  "kinds",
  map({
    over: ({ steps }) => steps.chunks,
    each: (chunk) =>
      chunk.step(
        "kind",
        classify({
          text: (view) => {
            expectTypeOf(view.item).toEqualTypeOf<DocumentChunk>();
            return view.item.text;
          },
          labels: ["useful", "boilerplate"],
        }),
      ),
  }),
);
expectTypeOf(perChunk).toExtend<Pipeline<Input, Array<{ label: "useful" | "boilerplate" }>>>();
const answered = chunked.step(
  "answer",
  answerFrom({ question: "Who?", chunks: ({ steps }) => steps.chunks }),
);
expectTypeOf(answered).toExtend<Pipeline<Input, AnswerFrom>>();

// They stand inside other steps as any step does.
const both = begin().step(
  "both",
  parallel({
    kind: classify({ text: ({ input }) => input.text, labels: ["a", "b"] }),
    summary: (block) => block.step("summary", summarize({ text: ({ input }) => input.text })),
  }),
);
expectTypeOf(both).toExtend<Pipeline<Input, { kind: { label: "a" | "b" }; summary: string }>>();

// What must not compile:

// @ts-expect-error the input has no such field
begin().step("kind", classify({ text: ({ input }) => input.body, labels: ["a", "b"] }));

// @ts-expect-error a text is text
begin().step("kind", classify({ text: ({ input }) => input.bytes, labels: ["a", "b"] }));

// @ts-expect-error labels are names
begin().step("kind", classify({ text: ({ input }) => input.text, labels: [1, 2] }));

// @ts-expect-error no such step before
begin().step("summary", summarize({ text: ({ steps }) => steps.english }));

// @ts-expect-error into which language?
begin().step("english", translate({ text: ({ input }) => input.text }));

// @ts-expect-error neither text nor chunks
begin().step("answer", answerFrom({ question: "Who?" }));

// @ts-expect-error both text and chunks
begin().step("answer", answerFrom({ question: "Who?", text: ({ input }) => input.text, chunks: () => [] }));

// @ts-expect-error a task that does not exist
begin().step("summary", summarize({ text: ({ input }) => input.text, task: "poetry" }));
