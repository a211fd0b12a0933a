import {
  type AttemptReport,
  type ModelLayer,
  RequestMeter,
  type TextQuestion,
  type TokenUsage,
  textRequest,
} from "@sluice/core";

/** An answer to a question by hand, and what it took. */
export interface Reply {
  answer: string;
  model: string;
  /** HTTP requests spent, failed ones included. */
  requests: number;
  cached: boolean;
  usage: TokenUsage;
  attempts: readonly AttemptReport[];
}

/** Who asks, and who listens. */
export interface Asking {
  /** The command, for a fair share of the line. */
  flow: "ask" | "chat" | "compare";
  signal: AbortSignal;
  onToken?: ((text: string) => void) | undefined;
  onAttempt?: ((attempt: AttemptReport) => void) | undefined;
}

/**
 * Asks for a person: before all other work in the line, and out of the day's reserve when nothing else is left.
 *
 * @throws SluiceError NOT_FREE before anything is sent, and all that {@link ModelLayer.ask} throws.
 */
export async function askByHand(models: ModelLayer, question: TextQuestion, asking: Asking): Promise<Reply> {
  const meter = new RequestMeter();
  const attempts: AttemptReport[] = [];
  const onAttempt = (attempt: AttemptReport) => {
    attempts.push(attempt);
    asking.onAttempt?.(attempt);
  };
  const call = { ...asking, meter, urgent: true, onAttempt };
  const { value, model, cached, usage } = await models.ask(textRequest(question), call);
  return { answer: value, model, requests: meter.usage().requests, cached, usage, attempts };
}

/** How long the model took for the answer, in milliseconds; 0 from the cache. */
export function latencyOf({ attempts }: Pick<Reply, "attempts">): number {
  return attempts.at(-1)?.durationMs ?? 0;
}
