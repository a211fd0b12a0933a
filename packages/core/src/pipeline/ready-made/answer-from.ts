import { z } from "zod";
import { madeFrom } from "../made-from.ts";
import type { CheckResult, Step } from "../step.ts";
import { llm, type ModelOptions } from "../steps/llm.ts";
import { documentPrompt } from "./document-prompt.ts";

/** What {@link answerFrom} gives: an answer with the words it rests on, or null when the text does not say. */
export type AnswerFrom = { answer: string; quotes: string[] } | { answer: null; quotes: [] };

/** Options of {@link answerFrom}. */
export type AnswerFromOptions<View> = ModelOptions & {
  /** What is asked. */
  question: string | ((view: View) => string);
} & (
    | {
        /** The text to answer from. */
        text: (view: View) => string;
        chunks?: undefined;
      }
    | {
        /** The pieces of text to answer from, for example those of a long document that bear on the question. */
        chunks: (view: View) => ReadonlyArray<{ readonly text: string }>;
        text?: undefined;
      }
  );

const answerSchema = z
  .object({
    answer: z.string().nullable().describe("The answer, or null when the document does not say"),
    quotes: z.array(z.string()).describe("The passages that the answer rests on, copied word for word"),
  })
  .transform(
    ({ answer, quotes }): AnswerFrom => (answer === null ? { answer, quotes: [] } : { answer, quotes }),
  );

/**
 * A step that answers a question from a text alone, in one request, and proves it: every quote stands in the text, but
 * for blank. Where the text does not say, the answer is null.
 *
 * ```ts
 * .step("notice", answerFrom({ question: "How long is the notice period?", text: ({ input }) => input.text }))
 * ```
 */
export function answerFrom<View>(options: AnswerFromOptions<View>): Step<View, AnswerFrom> {
  const { question, text, chunks, ...asking } = options;
  const documentsOf = (view: View) => (chunks ? chunks(view).map((chunk) => chunk.text) : [text(view)]);
  const step = llm<View, AnswerFrom>({
    ...asking,
    output: answerSchema,
    prompt: (view) =>
      documentPrompt({
        instructions: [
          "Answer the question from the document alone, not from what you know besides.",
          `Question: ${typeof question === "string" ? question : question(view)}`,
        ],
        documents: documentsOf(view),
        contract:
          "Give the answer, and as quotes the shortest passages that prove it, copied character by character. When the document does not say, give null and no quote.",
      }),
    check: (view) => proven(view.output, documentsOf(view)),
  });
  return madeFrom(options, step);
}

function proven({ answer, quotes }: AnswerFrom, documents: readonly string[]): CheckResult {
  if (answer === null) return true;
  if (quotes.length === 0)
    return "`quotes` is empty: quote what proves the answer, or give null as the answer.";
  const texts = documents.map(onOneLine);
  const stray = quotes.findIndex((quote) => {
    const words = onOneLine(quote);
    return words === "" || !texts.some((text) => text.includes(words));
  });
  return stray < 0 || `quotes[${stray}] does not stand in the document: copy it character by character.`;
}

function onOneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
