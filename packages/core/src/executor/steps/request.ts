import type { ChatMessage } from "../../models/chat.ts";
import type { ModelRequest } from "../../models/model-request.ts";
import { answerSchema } from "../../models/structured/answer-schema.ts";
import type { LlmDefinition } from "../../pipeline/step.ts";
import type { QuestionAt } from "../run-context.ts";
import { acceptOutput } from "./accept-output.ts";
import { questionOf } from "./question.ts";

/** What an llm step asks, once its prompt has come to these messages. */
export async function requestOf(
  step: LlmDefinition,
  messages: readonly ChatMessage[],
  at: QuestionAt,
): Promise<ModelRequest<unknown>> {
  const { output, task, models, temperature, maxOutputTokens, maxRepairs, cache } = step;
  return {
    ...{ task, temperature, maxOutputTokens, maxRepairs, cache },
    messages: await questionOf(step, messages, at),
    models: models ?? undefined,
    answer: output ? answerSchema(output, `Step "${at.path}"`) : undefined,
    accept: acceptOutput(step, at),
  };
}
