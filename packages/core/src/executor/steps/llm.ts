import { answerSchema } from "../../models/structured/answer-schema.ts";
import type { LlmDefinition } from "../../pipeline/step.ts";
import type { StepAt, StepResult } from "../run-context.ts";
import { acceptOutput } from "./accept-output.ts";
import { packTermsOf } from "./pack-terms.ts";
import { callOf, messagesOf, questionOf } from "./question.ts";

/** Asks a model for an llm step. */
export async function runLlm(step: LlmDefinition, at: StepAt): Promise<StepResult> {
  const { output, task, models, temperature, maxOutputTokens, maxRepairs, cache } = step;
  const messages = await messagesOf(step.prompt, at);
  const answer = await at.run.models.ask(
    {
      messages: await questionOf(step, messages, at),
      pack: await packTermsOf(step, messages, at),
      task,
      models: models ?? undefined,
      answer: output ? answerSchema(output, `Step "${at.path}"`) : undefined,
      accept: acceptOutput(step, at),
      temperature,
      maxOutputTokens,
      maxRepairs,
      cache,
    },
    callOf(at.run, at.path),
  );
  if (answer.pack) at.run.call.meter.packed({ step: at.path, ...answer.pack });
  return { output: answer.value, cached: answer.cached };
}
