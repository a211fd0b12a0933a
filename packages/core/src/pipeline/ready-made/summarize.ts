import { z } from "zod";
import { type Chunk, chunkText } from "../../documents/chunk.ts";
import { definePipeline } from "../define-pipeline.ts";
import { madeFrom } from "../made-from.ts";
import type { Step } from "../step.ts";
import { llm, type ModelOptions } from "../steps/llm.ts";
import { map } from "../steps/map.ts";
import { reduce } from "../steps/reduce.ts";
import { sub } from "../steps/sub.ts";
import { documentPrompt } from "./document-prompt.ts";

/** Options of {@link summarize}. */
export interface SummarizeOptions<View> extends ModelOptions, SummaryWishes {
  /** The text to sum up. */
  text: (view: View) => string;
  /** Estimated tokens of a part that is read in one request, 16 to 1,000,000. Default 16,000; most texts are one part. */
  partTokens?: number | undefined;
}

/** What a summary should be like. */
interface SummaryWishes {
  /** About how long it may be. Default 150 words. */
  maxWords?: number | undefined;
  /** In which language, in words: `English`. Default: the text's own. */
  language?: string | undefined;
  /** What the reader wants to know above all. */
  focus?: string | undefined;
}

/**
 * A step that sums a text up. A text of one part takes one request. A longer one is noted part by part, and the notes
 * are merged, each recorded on its own: n parts take n + 1 requests, and a few more beyond about thirty parts. Blank
 * text gives an empty summary and asks nobody.
 *
 * ```ts
 * .step("summary", summarize({ text: ({ input }) => input.text, maxWords: 80, language: "English" }))
 * ```
 *
 * @throws SluiceError OPTION_INVALID for `partTokens` outside its rule.
 */
export function summarize<View>(options: SummarizeOptions<View>): Step<View, string> {
  const { text, maxWords, language, focus, partTokens = 16_000, ...asking } = options;
  const partsOf = (whole: string) => chunkText(whole, { maxTokens: partTokens });
  // A wrong size is told now and not in the first run.
  partsOf("");
  const prompts = promptsFor({ maxWords, language, focus });
  const pipeline = definePipeline({ name: "summarize", version: 1, input: z.string() })
    .step(
      "parts",
      map({
        over: ({ input }) => partsOf(input),
        each: (part) =>
          part.step(
            "said",
            llm({
              ...asking,
              prompt: ({ item, count }) => (count === 1 ? prompts.wholeText(item) : prompts.onePart(item)),
            }),
          ),
      }),
    )
    .step(
      "summary",
      reduce({
        over: ({ steps }) => steps.parts,
        combine: (notes) =>
          notes.step("merged", llm({ ...asking, prompt: ({ items }) => prompts.allNotes(items) })),
        maxGroupTokens: Math.max(partTokens, MIN_GROUP_TOKENS),
        maxGroupItems: 100,
        whenEmpty: () => "",
      }),
    );
  return madeFrom(options, sub(pipeline, text));
}

const NOTE_WORDS = 300;

/** Room for the notes on two parts, in any language. */
const MIN_GROUP_TOKENS = 2_000;

function promptsFor({ maxWords = 150, language = "the language of the document", focus }: SummaryWishes) {
  const wish = focus === undefined ? undefined : `The reader wants to know above all: ${focus}`;
  const contract = (what: string, words: number) =>
    `Write ${what} in ${language}, in at most ${words} words, as plain text and without a word around it. Say nothing that the document does not say.`;
  return {
    wholeText: ({ text }: Chunk) =>
      documentPrompt({
        instructions: ["Sum up the document.", wish],
        documents: [text],
        contract: contract("the summary", maxWords),
      }),
    onePart: ({ text, index }: Chunk) =>
      documentPrompt({
        instructions: [
          `Take notes on part ${index + 1} of a longer document: facts, names, numbers, conclusions.`,
          wish,
        ],
        documents: [text],
        contract: contract("the notes", NOTE_WORDS),
      }),
    allNotes: (notes: readonly string[]) =>
      documentPrompt({
        instructions: [
          "Below are notes on the parts of one document, in their order. Sum that document up from them.",
          wish,
        ],
        documents: notes,
        contract: contract("the summary", maxWords),
      }),
  };
}
