import { z } from "zod";
import { SluiceError } from "../errors/sluice-error.ts";
import type { ChatMessage } from "../models/chat.ts";
import type { ModelLayer } from "../models/model-layer.ts";
import type { CallContext, ModelRequest } from "../models/model-request.ts";
import { acceptStructured, acceptText } from "../models/structured/accept-answer.ts";
import { answerSchema } from "../models/structured/answer-schema.ts";
import type { NamedStep } from "../pipeline/pipeline.ts";
import type { CodeStep, LlmStep, StepView } from "../pipeline/step.ts";

/** What one step is run with. */
export interface StepContext {
  runId: string;
  view: StepView<unknown, unknown>;
  models: ModelLayer;
  call: CallContext & { signal: AbortSignal };
}

/** What a step gave, and whether a cached answer gave it. */
export interface StepResult {
  output: unknown;
  cached: boolean;
}

/**
 * Runs one step.
 *
 * @throws SluiceError STEP_FAILED, OUTPUT_INVALID, or what the model layer throws.
 */
export async function runStep({ name, step }: NamedStep, context: StepContext): Promise<StepResult> {
  return step.kind === "code" ? runCode(name, step, context) : runLlm(name, step, context);
}

type View = StepView<unknown, unknown>;

async function runCode(
  name: string,
  step: CodeStep<View, unknown>,
  context: StepContext,
): Promise<StepResult> {
  const { signal } = context.call;
  let value: unknown;
  try {
    value = await step.run({ ...context.view, run: { id: context.runId }, signal });
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    throw new SluiceError("STEP_FAILED", {
      message: `Step "${name}" threw ${reason}`,
      facts: { step: name },
      cause,
    });
  }
  return { output: validated(name, step.output, value), cached: false };
}

async function runLlm(name: string, step: LlmStep<View, unknown>, context: StepContext): Promise<StepResult> {
  const answer = await context.models.ask(requestOf(name, step, context.view), context.call);
  return { output: answer.value, cached: answer.cached };
}

function requestOf(name: string, step: LlmStep<View, unknown>, view: View): ModelRequest<unknown> {
  const { output, task, models, temperature, maxOutputTokens, maxRepairs, cache } = step;
  return {
    messages: messagesOf(name, step, view),
    task,
    models: models ?? undefined,
    answer: output ? answerSchema(output, `Step "${name}"`) : undefined,
    accept: output ? acceptStructured(output) : acceptText,
    temperature,
    maxOutputTokens,
    maxRepairs,
    cache,
  };
}

function messagesOf(name: string, step: LlmStep<View, unknown>, view: View): readonly ChatMessage[] {
  try {
    const prompt = step.prompt(view);
    return typeof prompt === "string" ? [{ role: "user", content: prompt }] : prompt;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SluiceError("STEP_FAILED", {
      message: `The prompt of step "${name}" threw: ${reason}`,
      facts: { step: name },
      cause,
    });
  }
}

function validated(name: string, schema: z.ZodType, value: unknown): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new SluiceError("OUTPUT_INVALID", {
    message: `Step "${name}" returned a value that does not fit its output schema:\n${z.prettifyError(parsed.error)}`,
    facts: { step: name },
    cause: parsed.error,
  });
}
