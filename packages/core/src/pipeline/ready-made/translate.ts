import { z } from "zod";
import { type Chunk, chunkText } from "../../documents/chunk.ts";
import { estimateTokens } from "../../shared/token-estimate.ts";
import { definePipeline } from "../define-pipeline.ts";
import { madeFrom } from "../made-from.ts";
import type { Step } from "../step.ts";
import { llm, type ModelOptions } from "../steps/llm.ts";
import { map } from "../steps/map.ts";
import { sub } from "../steps/sub.ts";
import { documentPrompt } from "./document-prompt.ts";

/** Options of {@link translate}. */
export interface TranslateOptions<View> extends ModelOptions {
  /** The text to translate. */
  text: (view: View) => string;
  /** Into which language, in words: `German`, `Brazilian Portuguese`. */
  to: string;
  /** From which language. Default: the model sees for itself. */
  from?: string | undefined;
  /** What else to mind, for example words that stay as they are. */
  instructions?: string | undefined;
  /** Estimated tokens of a part that is translated in one request, from 16 up. Default 3,000. */
  partTokens?: number | undefined;
}

/**
 * A step that translates a text as a whole. A long one goes in parts, cut where paragraphs end, each recorded on its
 * own; they are joined in order with the blank that stood between them. A part that comes back far too short is asked
 * of the next model.
 *
 * ```ts
 * .step("english", translate({ text: ({ input }) => input.text, to: "English" }))
 * ```
 *
 * `maxOutputTokens` is 8,000 by default, as a translation may be longer than its text, and `repair` is 0: who left most
 * out once does it again.
 *
 * @throws SluiceError OPTION_INVALID for `partTokens` below 16.
 */
export function translate<View>(options: TranslateOptions<View>): Step<View, string> {
  const { text, to, from, instructions, partTokens = 3_000, ...others } = options;
  const { maxOutputTokens = 8_000, repair = 0, ...asking } = others;
  const partsOf = (whole: string) => chunkText(whole, { maxTokens: partTokens });
  // A wrong size is told now and not in the first run.
  partsOf("");
  const said = [
    `Translate the document ${from === undefined ? "" : `from ${from} `}into ${to}.`,
    "Translate every sentence in its order; leave nothing out, add nothing, and keep paragraphs, lists and numbers as they are.",
    instructions,
  ];
  const contract = "Write the translation and nothing else.";
  const pipeline = definePipeline({ name: "translate", version: 1, input: z.string() })
    .step(
      "parts",
      map({
        over: ({ input }) => partsOf(input),
        each: (part) =>
          part.step(
            "translated",
            llm({
              ...asking,
              maxOutputTokens,
              repair,
              prompt: ({ item }) => documentPrompt({ instructions: said, documents: [item.text], contract }),
              check: ({ item, output }) => isWhole(item.text, output) || TOO_SHORT,
            }),
          ),
      }),
    )
    .output(({ input, steps }) => joinParts(input, partsOf(input), steps.parts));
  return madeFrom(options, sub(pipeline, text));
}

const TOO_SHORT = "It is much shorter than the document. Translate every sentence of it.";

/** The same content takes about as many tokens in any language; a quarter allows for what an estimate may be off. */
function isWhole(original: string, translation: string): boolean {
  const tokens = estimateTokens(original);
  return tokens < MIN_JUDGED_TOKENS || estimateTokens(translation) >= tokens / 4;
}

/** Shorter texts say too little about lengths. */
const MIN_JUDGED_TOKENS = 60;

function joinParts(whole: string, parts: readonly Chunk[], translations: readonly string[]): string {
  return parts
    .map(({ start }, index) => {
      const before = parts[index - 1];
      // Where a text without spaces was cut, the translation may need one.
      const gap = before === undefined ? "" : whole.slice(before.end, start) || " ";
      return gap + (translations[index] ?? "");
    })
    .join("");
}
