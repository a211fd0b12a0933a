import type { Schema } from "../../shared/schema.ts";
import { madeFrom } from "../made-from.ts";
import type { Step } from "../step.ts";
import { llm, type ModelOptions, type PackOptions } from "../steps/llm.ts";
import { documentPrompt } from "./document-prompt.ts";

/** Options of {@link extract}. */
export interface ExtractOptions<View, Fields> extends ModelOptions, PackOptions {
  /** The text to read. */
  text: (view: View) => string;
  /** The facts to find: an object schema. Describe what a name does not say; allow null for what may be missing. */
  fields: Schema<Fields>;
  /** What else to mind, for example which of two totals is meant. */
  instructions?: string | undefined;
}

/**
 * A step that reads facts out of a text, in one request.
 *
 * ```ts
 * .step("invoice", extract({
 *   text: ({ input }) => input.text,
 *   fields: z.object({ vendor: z.string(), total: z.number(), due: z.iso.date().nullable() }),
 * }))
 * ```
 */
export function extract<View, Fields>(options: ExtractOptions<View, Fields>): Step<View, Fields> {
  const { text, fields, instructions, ...asking } = options;
  const step = llm<View, Fields>({
    ...asking,
    output: fields,
    prompt: (view) =>
      documentPrompt({
        instructions: [
          "Read the fields out of the document. Copy what it says, changed only into the form that a field asks for.",
          "Invent nothing and add nothing of your own: a fact that the document does not state is null where the field allows null.",
          instructions,
        ],
        documents: [text(view)],
        contract: "Give all fields, each with what the document states and nothing else.",
      }),
  });
  return madeFrom(options, step);
}
