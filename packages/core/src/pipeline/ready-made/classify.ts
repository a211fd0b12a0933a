import { z } from "zod";
import { SluiceError } from "../../errors/sluice-error.ts";
import { madeFrom } from "../made-from.ts";
import type { Step } from "../step.ts";
import { llm, type ModelOptions, type PackOptions } from "../steps/llm.ts";
import { documentPrompt } from "./document-prompt.ts";

/** Options of {@link classify}. */
export interface ClassifyOptions<View, Label extends string> extends ModelOptions, PackOptions {
  /** The text to classify. */
  text: (view: View) => string;
  /** The labels, or the labels with what each means. Add one such as `other` where none may fit. */
  labels: readonly Label[] | Readonly<Record<Label, string>>;
  /** What else to mind, for example what decides in doubt. */
  instructions?: string | undefined;
}

/**
 * A step that puts one of several labels on a text, in one request.
 *
 * ```ts
 * .step("kind", classify({ text: ({ input }) => input.text, labels: { invoice: "asks for money", letter: "anything else" } }))
 * .step("handled", branch({ on: ({ steps }) => steps.kind.label, cases: { invoice: …, letter: … } }))
 * ```
 *
 * @throws SluiceError OPTION_INVALID without a label.
 */
export function classify<View, const Label extends string>(
  options: ClassifyOptions<View, Label>,
): Step<View, { label: Label }> {
  const { text, labels, instructions, ...asking } = options;
  const meanings = meaningsOf(labels);
  const list = meanings.map(([label, meaning]) => (meaning === "" ? label : `${label}: ${meaning}`));
  const step = llm<View, { label: Label }>({
    ...asking,
    output: z.object({ label: z.literal(meanings.map(([label]) => label)).describe(list.join("; ")) }),
    prompt: (view) =>
      documentPrompt({
        instructions: [
          "Choose the label that fits the document best. The labels:",
          ...list.map((line) => `- ${line}`),
          instructions,
        ],
        documents: [text(view)],
        contract: "Give the one label that fits best, written exactly as in the list.",
      }),
  });
  return madeFrom(options, step);
}

/** The labels with what they mean, or with nothing. */
function meaningsOf<Label extends string>(
  labels: readonly Label[] | Readonly<Record<Label, string>>,
): Array<[Label, string]> {
  const meanings: Array<[Label, string]> = [];
  if (isList(labels)) for (const label of labels) meanings.push([label, ""]);
  else for (const label in labels) meanings.push([label, labels[label]]);
  if (meanings.length > 0) return meanings;
  throw new SluiceError("OPTION_INVALID", {
    message: "`classify` needs at least one label in `labels`.",
    facts: { option: "labels" },
  });
}

function isList<Label extends string>(
  labels: readonly Label[] | Readonly<Record<Label, string>>,
): labels is readonly Label[] {
  return Array.isArray(labels);
}
