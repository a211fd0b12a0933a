import type { z } from "zod";
import type { ChatMessage } from "../models/chat.ts";
import type { Task } from "../models/profiles.ts";

/** What a step's functions see: the validated input and the outputs of all earlier steps, by name. */
export interface StepView<Input, Steps> {
  readonly input: Input;
  readonly steps: Steps;
}

/** What a code step's function gets besides. */
export interface CodeView<Input, Steps> extends StepView<Input, Steps> {
  readonly run: { readonly id: string };
  /** Aborts when the run is cancelled or the worker stops. */
  readonly signal: AbortSignal;
}

/** A step that runs a function of the author's. */
export interface CodeStep<View, Output> {
  readonly kind: "code";
  readonly output: z.ZodType<Output>;
  readonly run: (view: View & { run: { readonly id: string }; signal: AbortSignal }) => unknown;
}

/** A step that asks a model. */
export interface LlmStep<View, Output> {
  readonly kind: "llm";
  /** Null for a step whose answer is plain text. */
  readonly output: z.ZodType<Output> | null;
  readonly prompt: (view: View) => string | readonly ChatMessage[];
  readonly task: Task | "auto";
  readonly models: readonly string[] | null;
  readonly temperature: number;
  readonly maxOutputTokens: number;
  readonly maxRepairs: number;
  readonly cache: boolean;
}

/** Any step, seen from the pipeline that holds it. `View` is what its functions see, `Output` what it gives. */
export type Step<View, Output> = CodeStep<View, Output> | LlmStep<View, Output>;
