import type { ChatMessage } from "../../models/chat.ts";
import { SAMPLE_SHARE } from "../../models/pack/pack-trust.ts";
import type { Task } from "../../models/profiles.ts";
import type { Schema } from "../../shared/schema.ts";
import {
  type AskOptions,
  type CheckResult,
  type Example,
  ofView,
  type PackDefinition,
  type Step,
  stepOf,
} from "../step.ts";

/** How a model is asked: what {@link llm} and `agent` share. */
export interface ModelOptions {
  /** What the step is about, for choosing models; "auto" looks at each prompt. Default "general". */
  task?: Task | "auto" | undefined;
  /** Only these models, in this order; each id must end in ":free". Default: the router's choice for the task. */
  models?: readonly string[] | undefined;
  /** 0 to 2. Default 0: the same document gives the same answer. */
  temperature?: number | undefined;
  /** Tokens reserved for the answer, 1 to 65,536. Default 2,048. */
  maxOutputTokens?: number | undefined;
  /** How often a model is shown its invalid answer and asked again before the next one is tried, 0 to 3. Default 1. */
  repair?: number | undefined;
  /** Take answers that were bought before from the cache, and store new ones. Default true. */
  cache?: boolean | undefined;
}

/** Whether a step's questions about several documents may be asked in one request. */
export interface PackOptions {
  /**
   * Joins this step's questions that wait for leave to send into one request, as long as they are of one language and
   * about one length: several documents for one request of the quota. Each answer is paired with its document by an id
   * and validated alone; what fails is asked again, at last alone. `true` takes as many as is safe for the kind (labels
   * of short texts 15 to 25, pages 4 to 5, plain text 3 to 4); `maxItems` (1 to 100) names the most. After a `sample` of
   * the requests (0 to 1, default 0.04) one item is asked again alone, to see whether models answer alike. Default false.
   */
  pack?: boolean | { maxItems?: number | undefined; sample?: number | undefined } | undefined;
}

/** Options of {@link llm} that do not depend on the kind of answer. */
interface LlmBaseOptions<View> extends ModelOptions, PackOptions {
  /** What the model is told: one user message, or several messages. A function sees `{ input, steps }`. */
  prompt: string | ((view: View) => string | readonly ChatMessage[]);
  /** Images shown with the prompt, as `data:` or https addresses; only models that see images are asked then. */
  images?: ((view: View) => readonly string[]) | undefined;
}

/** Options of {@link llm} for an answer with a schema. */
export interface LlmOptions<View, Output> extends LlmBaseOptions<View> {
  /** The answer's fields: an object schema that can be sent as JSON schema. The answer is validated with it. */
  output: Schema<Output>;
  /** Worked examples, shown before the prompt. */
  examples?: ReadonlyArray<Example<NoInfer<Output>>> | undefined;
  /**
   * Holds an answer against its input: false, or a text that says what is wrong, makes it an invalid answer, which is
   * repaired and asked of other models like one that does not fit the schema.
   */
  check?: ((view: View & { readonly output: NoInfer<Output> }) => CheckResult) | undefined;
}

/** Options of {@link llm} for an answer in plain text. */
export interface LlmTextOptions<View> extends LlmBaseOptions<View> {
  output?: undefined;
  /** Worked examples, shown before the prompt. */
  examples?: ReadonlyArray<Example<string>> | undefined;
  /** Like the check of an answer with a schema; `output` is the text. */
  check?: ((view: View & { readonly output: string }) => CheckResult) | undefined;
}

/**
 * A step that asks a free model.
 *
 * ```ts
 * .step("extract", llm({ output: z.object({ vendor: z.string() }), prompt: ({ input }) => `Name the vendor.\n\n${input.text}` }))
 * ```
 */
export function llm<View, Output>(options: LlmOptions<View, Output>): Step<View, Output>;
export function llm<View>(options: LlmTextOptions<View>): Step<View, string>;
export function llm<View, Output>(
  options: LlmOptions<View, Output> | LlmTextOptions<View>,
): Step<View, Output> {
  const { prompt, images, examples = [], check } = options;
  return stepOf({
    kind: "llm",
    ...askOptions(options),
    output: options.output ?? null,
    prompt: typeof prompt === "string" ? prompt : ofView(prompt),
    images: images ? ofView(images) : null,
    examples,
    check: check ? ofView<never, CheckResult>(check) : null,
    pack: packDefinition(options),
  });
}

function packDefinition({ pack = false }: PackOptions): PackDefinition | null {
  if (pack === false) return null;
  const { maxItems = null, sample = SAMPLE_SHARE } = pack === true ? {} : pack;
  return { maxItems, sample };
}

/** The options of asking, with their defaults. */
export function askOptions(options: ModelOptions): AskOptions {
  const { task = "general", models = null, temperature = 0 } = options;
  const { maxOutputTokens = 2_048, repair = 1, cache = true } = options;
  return { task, models, temperature, maxOutputTokens, maxRepairs: repair, cache };
}
