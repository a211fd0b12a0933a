import type { AIMessageChunk } from "@langchain/core/messages";
import { StringOutputParser } from "@langchain/core/output_parsers";
import { ChatPromptTemplate } from "@langchain/core/prompts";
import { type Runnable, RunnableLambda } from "@langchain/core/runnables";
import { expectTypeOf } from "vitest";
import { z } from "zod";
import { chatModel } from "../models/openrouter/chat-model.ts";
import { openRouter } from "../models/openrouter/openrouter.ts";
import { definePipeline } from "../pipeline/define-pipeline.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import { code } from "../pipeline/steps/code.ts";
import { toRunnable } from "./pipeline-runnable.ts";
import { runnable } from "./runnable-step.ts";

const models = openRouter({ apiKey: "k" });
const begin = () =>
  definePipeline({ name: "notes", version: 1, input: z.object({ text: z.string(), pages: z.number() }) });
const counting = begin().step("count", code({ output: z.number(), run: ({ input }) => input.text.length }));

// A pipeline's input and output are the Runnable's, also at the end of a chain.
const counter = toRunnable(counting, { models });
expectTypeOf(counter).toExtend<Runnable<{ text: string; pages: number }, number>>();
expectTypeOf(counter.invoke({ text: "a", pages: 1 })).resolves.toBeNumber();
expectTypeOf(counter.batch([{ text: "a", pages: 1 }])).resolves.toEqualTypeOf<number[]>();
const labelled = counter.pipe(RunnableLambda.from((count: number) => `${count} characters`));
expectTypeOf(labelled.invoke({ text: "a", pages: 1 })).resolves.toBeString();

// A Runnable as a step sees the steps before it, and its schema is what later steps see.
const lengths = RunnableLambda.from((words: string[]) => words.map((word) => word.length));
const stepped = counting.step(
  "lengths",
  runnable({
    runnable: lengths,
    input: ({ input, steps }) => {
      expectTypeOf(steps).toEqualTypeOf<{ readonly count: number }>();
      return input.text.split(" ");
    },
    output: z.array(z.number()),
  }),
);
expectTypeOf(stepped).toExtend<Pipeline<{ text: string; pages: number }, number[]>>();

// Prompts, models and chains of them are Runnables like any other.
const prompt = ChatPromptTemplate.fromTemplate<{ text: string }>("Summarise {text}");
const chain = prompt.pipe(chatModel(models)).pipe(new StringOutputParser());
begin().step("summary", runnable({ runnable: chain, input: ({ input }) => input, output: z.string() }));
begin().step(
  "answer",
  runnable({
    runnable: chatModel(models).pipe((message: AIMessageChunk) => message.text),
    input: async ({ input }) => input.text,
    output: z.string(),
  }),
);

// What must not compile:

// @ts-expect-error the input is not the pipeline's
counter.invoke({ text: "a" });

// @ts-expect-error what follows takes no number
counter.pipe(RunnableLambda.from((text: string) => text.length)).invoke;

begin().step(
  "lengths",
  // @ts-expect-error the Runnable takes words, not one text
  runnable({ runnable: lengths, input: ({ input }) => input.text, output: z.array(z.number()) }),
);

begin().step(
  "lengths",
  // @ts-expect-error there is no such step before it
  runnable({ runnable: lengths, input: ({ steps }) => steps.words, output: z.array(z.number()) }),
);
