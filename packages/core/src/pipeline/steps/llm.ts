import type { z } from "zod";
import { SluiceError } from "../../errors/sluice-error.ts";
import type { ChatMessage } from "../../models/chat.ts";
import { assertFreeId } from "../../models/free-only.ts";
import { type Task, tasks } from "../../models/profiles.ts";
import type { LlmStep } from "../step.ts";

/** Options of {@link llm} that do not depend on the kind of answer. */
interface LlmBaseOptions<View> {
  /** What the model is told: one user message, or several messages. A function sees `{ input, steps }`. */
  prompt: string | ((view: View) => string | readonly ChatMessage[]);
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

/** Options of {@link llm} for an answer with a schema. */
export interface LlmOptions<View, Output> extends LlmBaseOptions<View> {
  /** The answer's fields: a z.object() that can be sent as JSON schema. The answer is validated with it. */
  output: z.ZodType<Output>;
}

/** Options of {@link llm} for an answer in plain text. */
export interface LlmTextOptions<View> extends LlmBaseOptions<View> {
  output?: undefined;
}

/**
 * A step that asks a free model.
 *
 * ```ts
 * .step("extract", llm({ output: z.object({ vendor: z.string() }), prompt: ({ input }) => `Name the vendor.\n\n${input.text}` }))
 * ```
 *
 * @throws SluiceError NOT_FREE for a model id that may cost money, PIPELINE_INVALID for an option outside its rule.
 */
export function llm<View, Output>(options: LlmOptions<View, Output>): LlmStep<View, Output>;
export function llm<View>(options: LlmTextOptions<View>): LlmStep<View, string>;
export function llm<View, Output>(
  options: LlmOptions<View, Output> | LlmTextOptions<View>,
): LlmStep<View, Output> {
  const {
    prompt,
    models,
    task = "general",
    temperature = 0,
    maxOutputTokens = 2_048,
    repair = 1,
    cache = true,
  } = options;
  for (const id of models ?? []) assertFreeId(id, "`models` of an llm step");
  if (task !== "auto" && !tasks.includes(task))
    throw badOption("task", `one of auto, ${tasks.join(", ")}`, task);
  assertBetween("temperature", temperature, [0, 2]);
  assertInteger("maxOutputTokens", maxOutputTokens, [1, 65_536]);
  assertInteger("repair", repair, [0, 3]);
  return {
    kind: "llm",
    output: options.output ?? null,
    prompt: typeof prompt === "string" ? () => prompt : prompt,
    task,
    models: models ?? null,
    temperature,
    maxOutputTokens,
    maxRepairs: repair,
    cache,
  };
}

function assertBetween(name: string, value: number, [low, high]: [number, number]): void {
  if (!(value >= low && value <= high)) throw badOption(name, `a number from ${low} to ${high}`, value);
}

function assertInteger(name: string, value: number, range: [number, number]): void {
  assertBetween(name, value, range);
  if (!Number.isInteger(value)) throw badOption(name, "a whole number", value);
}

function badOption(name: string, rule: string, value: unknown): SluiceError {
  return new SluiceError("PIPELINE_INVALID", {
    message: `llm(): expected \`${name}\` to be ${rule}, got ${JSON.stringify(value)} (${typeof value}).`,
    facts: { option: name, rule },
  });
}
