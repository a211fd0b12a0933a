import { type AttemptReport, type ModelLayer, SluiceError, type TextQuestion } from "@sluice/core";
import type { ComparedAnswer } from "../render/comparison.ts";
import { askByHand, latencyOf } from "./ask-by-hand.ts";

/** The same question, and those who answer it. */
export interface ComparisonOptions {
  question: Omit<TextQuestion, "models">;
  models: readonly string[];
  signal: AbortSignal;
  /** One of them is done. */
  onAnswer(answer: ComparedAnswer): void;
}

/**
 * Asks each model by itself, all at the same time; one that fails stands beside the others with what went wrong.
 *
 * @throws what is no SluiceError, the signal's reason among it.
 */
export function compareModels(layer: ModelLayer, options: ComparisonOptions): Promise<ComparedAnswer[]> {
  return Promise.all(
    options.models.map(async (model) => {
      const answer = await askOne(layer, model, options);
      options.onAnswer(answer);
      return answer;
    }),
  );
}

async function askOne(
  layer: ModelLayer,
  model: string,
  { question, signal }: ComparisonOptions,
): Promise<ComparedAnswer> {
  const attempts: AttemptReport[] = [];
  const onAttempt = (attempt: AttemptReport) => void attempts.push(attempt);
  try {
    const reply = await askByHand(
      layer,
      { ...question, models: [model] },
      { flow: "compare", signal, onAttempt },
    );
    const { answer, usage, requests } = reply;
    return { model, answer, finish: "ok", problem: null, latencyMs: latencyOf(reply), usage, requests };
  } catch (error) {
    if (signal.aborted || !SluiceError.is(error)) throw error;
    return failed(model, { error, attempts });
  }
}

function failed(
  model: string,
  { error, attempts }: { error: SluiceError; attempts: readonly AttemptReport[] },
): ComparedAnswer {
  const last = attempts.at(-1);
  return {
    model,
    answer: null,
    finish: last?.outcome ?? error.code,
    problem: last?.detail || error.message,
    latencyMs: latencyOf({ attempts }),
    usage: { promptTokens: 0, completionTokens: 0 },
    requests: attempts.length,
  };
}
