import { code, definePipeline, llm } from "@sluice/core";
import { z } from "zod";

const letter = z.object({
  kind: z.enum(["complaint", "order", "invitation", "application", "other"]).describe("What the letter is"),
  sender: z.string().describe("Name of the person or company that wrote the letter"),
  date: z.iso.date().nullable().describe("Date of the letter"),
  amount: z.number().nullable().describe("The amount of money the letter is about, without currency"),
  summary: z.string().describe("What the sender wants, in one sentence"),
});

/** One run works on one document: one request to a free model, then a check in plain code. */
export const letters = definePipeline({
  name: "letters",
  version: 1,
  description: "What a letter is about and whether it needs an answer",
  input: z.object({ text: z.string(), name: z.string() }),
})
  .step(
    "read",
    llm({
      task: "general",
      output: letter,
      prompt: ({ input }) =>
        `Read the letter and fill in the fields.\n\n<document name="${input.name}">\n${input.text}\n</document>`,
    }),
  )
  .step(
    "decide",
    code({
      output: z.object({ needsAnswer: z.boolean() }),
      run: ({ steps }) => ({ needsAnswer: steps.read.kind !== "other" }),
    }),
  )
  .output(({ steps }) => ({ ...steps.read, ...steps.decide }));
