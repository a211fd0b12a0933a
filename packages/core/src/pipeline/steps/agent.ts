import type { ChatMessage } from "../../models/chat.ts";
import type { Schema } from "../../shared/schema.ts";
import { type CheckResult, ofView, type Step, stepOf, type ToolDefinition } from "../step.ts";
import { askOptions, type ModelOptions } from "./llm.ts";

/** Options of {@link tool}. */
export interface ToolOptions<Input> {
  /** Letters, digits, `-` and `_`. */
  name: string;
  /** Told to the model: what the tool does, and when to use it. */
  description: string;
  /** The arguments: an object schema that can be sent as JSON schema. They are validated before `run` sees them. */
  input: Schema<Input>;
  /** The work. What it returns is told to the model as JSON; of what it throws only a short message is. */
  run: (input: Input, at: { readonly signal: AbortSignal }) => unknown;
}

/**
 * A tool for {@link agent}s.
 *
 * ```ts
 * const vat = tool({ name: "vat_rate", description: "The VAT rate of a country, in percent.",
 *   input: z.object({ country: z.string() }), run: ({ country }) => rates[country] ?? null });
 * ```
 */
export function tool<Input>(options: ToolOptions<Input>): ToolDefinition {
  const { name, description, input, run } = options;
  // The executor validates with `input` before it calls, so the function gets what it was written for.
  return { name, description, input, run: run as ToolDefinition["run"] };
}

/** Options of {@link agent} that do not depend on the kind of answer. */
interface AgentBaseOptions<View> extends ModelOptions {
  /** The question: one user message, or several messages. */
  prompt: string | ((view: View) => string | readonly ChatMessage[]);
  /** The tools that the model may call. No other tool is ever offered. */
  tools: readonly ToolDefinition[];
  /** What the model is told about its role, before everything else. */
  system?: string | undefined;
  /** Turns of the model at most, 1 to 50. Default 8. */
  maxSteps?: number | undefined;
  /** Requests of this step at most, within the run's own budget. Default: the run's budget. */
  maxRequests?: number | undefined;
}

/** Options of {@link agent} for an answer with a schema. */
export interface AgentOptions<View, Output> extends AgentBaseOptions<View> {
  /** The fields of the final answer. */
  output: Schema<Output>;
  /** Holds the final answer against the input, like the check of an llm step. */
  check?: ((view: View & { readonly output: NoInfer<Output> }) => CheckResult) | undefined;
}

/** Options of {@link agent} for an answer in plain text. */
export interface AgentTextOptions<View> extends AgentBaseOptions<View> {
  output?: undefined;
  /** Holds the final answer against the input, like the check of an llm step. */
  check?: ((view: View & { readonly output: string }) => CheckResult) | undefined;
}

/**
 * A step in which a model calls tools until it has its answer. Every turn is a request; turns and the results of tools
 * are recorded as they come, so that a resumed run repeats none of them.
 *
 * ```ts
 * .step("tax", agent({ tools: [vat], output: z.object({ tax: z.number() }), prompt: ({ input }) => input.text }))
 * ```
 */
export function agent<View, Output>(options: AgentOptions<View, Output>): Step<View, Output>;
export function agent<View>(options: AgentTextOptions<View>): Step<View, string>;
export function agent<View, Output>(
  options: AgentOptions<View, Output> | AgentTextOptions<View>,
): Step<View, Output> {
  const { prompt, tools, system = null, check, maxSteps = 8, maxRequests = null } = options;
  return stepOf({
    kind: "agent",
    ...askOptions(options),
    output: options.output ?? null,
    system,
    prompt: typeof prompt === "string" ? prompt : ofView(prompt),
    tools,
    check: check ? ofView<never, CheckResult>(check) : null,
    maxSteps,
    maxRequests,
  });
}
