import type { ChatMessage, TokenUsage } from "./chat.ts";
import type { FailureKind } from "./classify-error.ts";
import type { PackPlace, PackTerms } from "./pack/pack.ts";
import type { Task } from "./profiles.ts";
import type { RequestMeter } from "./request-meter.ts";
import type { AcceptAnswer } from "./structured/accept-answer.ts";
import type { AnswerSchema } from "./structured/answer-schema.ts";
import type { ToolChoice, ToolSpec } from "./tool.ts";

/** What a step asks of whichever model answers. */
export interface ModelRequest<T> {
  messages: readonly ChatMessage[];
  /** "auto" chooses by the messages' text. */
  task: Task | "auto";
  /** Only these ids, in this order; default the router's choice. */
  models?: readonly string[] | undefined;
  /** The schema of the answer; without one any text is taken. */
  answer?: AnswerSchema | undefined;
  /** Tools that the model may call instead of answering. A call with arguments that are no JSON object is not accepted. */
  tools?: readonly ToolSpec[] | undefined;
  /** Default "auto": the model chooses between a call and an answer. */
  toolChoice?: ToolChoice | undefined;
  /** Judges an answer; one that it refuses is repaired or asked of the next model. */
  accept: AcceptAnswer<T>;
  temperature: number;
  /** Tokens reserved for the answer. */
  maxOutputTokens: number;
  /** How often a model is shown its invalid answer and asked again. */
  maxRepairs: number;
  /** Take the answer from the cache, and store it there. */
  cache: boolean;
  /** Judge also an answer that was cut at the output limit: parts of it may be whole. Default false. */
  takesCut?: boolean | undefined;
  /** With it the question may be asked together with others of its kind. Default: alone. */
  pack?: PackTerms | undefined;
}

/** Who asks: what it may spend, how long it waits, who listens. */
export interface CallContext {
  meter: RequestMeter;
  /** Whose work it is, for a fair share of the line: a pipeline's name. */
  flow?: string | undefined;
  /** The flow's share of the line beside others, above 0. Default 1. */
  weight?: number | undefined;
  /** The batch that it belongs to: where questions are asked together, batches take turns. */
  batchId?: string | undefined;
  /** Who asks, in words, for messages: `Step "extract"`. */
  label?: string | undefined;
  /** A person waits for the answer. */
  urgent?: boolean | undefined;
  signal?: AbortSignal | undefined;
  /** Longest wait for a permit in place, in milliseconds. */
  maxWaitMs?: number | undefined;
  /** Do not take the answer from the cache; the new one is stored there all the same. Default false. */
  fresh?: boolean | undefined;
  /**
   * Hears the answer piece by piece while it is written. After an attempt that failed half-way the next one begins anew:
   * `onAttempt` tells.
   */
  onToken?: ((text: string) => void) | undefined;
  onAttempt?: ((attempt: AttemptReport) => void) | undefined;
  /** Hears where the question stands whenever it is asked together with others. */
  onPacked?: ((place: PackPlace) => void) | undefined;
}

/** One try on one model, as it is reported and as it stands in the error of a chain that failed. */
export interface AttemptReport {
  model: string;
  /** `ok`, or what was wrong. */
  outcome: "ok" | FailureKind;
  /** A short text without prompt or answer. */
  detail: string;
  durationMs: number;
}

/** An accepted answer and where it came from. */
export interface ModelAnswer<T> {
  value: T;
  /** The model that gave it. */
  model: string;
  cached: boolean;
  /** Of a request for several questions, this one's share. */
  usage: TokenUsage;
  /** Where the question stood when it was asked together with others. */
  pack?: PackPlace | undefined;
}
