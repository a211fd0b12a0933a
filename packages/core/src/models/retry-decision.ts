import type { Failure } from "./classify-error.ts";

/** What the chain does after one failed attempt. */
export type RetryDecision =
  /** Tell the ledger, then ask the same model again once it opens. */
  | {
      action: "hold-account";
      rejection: { kind: "minute" | "day"; resetAt?: number | undefined; limit?: number | undefined };
    }
  /** The model rests for a while; the next candidate is asked. */
  | { action: "cool-model"; coolMs: number; perMinute?: number | undefined }
  /** The model rests until the next UTC day; the next candidate is asked. */
  | { action: "drop-for-day" }
  /** The model is gone until the catalogue is read again; the next candidate is asked. */
  | { action: "drop-model" }
  /** The model is not to blame; the next candidate is asked. */
  | { action: "next" }
  /** Ask the same model once more and show it what was wrong with its answer. */
  | { action: "repair" }
  /** Ask the same model once more with more room for its answer. */
  | { action: "raise-output"; maxOutputTokens: number }
  /** Ask the same model again after a pause: the network is at fault. */
  | { action: "pause"; pauseMs: number }
  /** No model can help. `halt` stops the whole account; `distrusts`: the model costs. */
  | { action: "stop"; halt: boolean; distrusts?: boolean };

/** What is known when a decision is taken. */
export interface AttemptHistory {
  /** Failures of this model in a row before this one, over all runs. */
  modelFailures: number;
  /** Repairs already asked in this call on this model. */
  repairs: number;
  /** Repairs the step allows on one model. */
  maxRepairs: number;
  /** How often this model was given more room in this call. */
  raises: number;
  /** Tokens reserved for the answer that failed. */
  maxOutputTokens: number;
  /** The longest answer this model gives, in tokens. */
  outputLimit: number;
  /** Network pauses already taken in this call. */
  pauses: number;
  /** A number from 0 up to 1, for jitter. */
  random: number;
}

const FIRST_COOL_MS = 5_000;
const LONGEST_COOL_MS = 5 * 60_000;
const MAX_PAUSES = 3;

/** The one authority on retries: a pure function of the classified failure. */
export function decideRetry(failure: Failure, history: AttemptHistory): RetryDecision {
  switch (failure.kind) {
    case "account-minute":
    case "account-day":
      return {
        action: "hold-account",
        rejection: {
          kind: failure.kind === "account-day" ? "day" : "minute",
          resetAt: failure.resetAt,
          limit: failure.limit,
        },
      };
    case "model-busy":
      return {
        action: "cool-model",
        coolMs: failure.retryAfterMs ?? coolDown(history),
        perMinute: failure.perMinute,
      };
    case "model-day":
      return { action: "drop-for-day" };
    case "model-gone":
      return { action: "drop-model" };
    case "model-unfit":
    case "empty-answer":
      return { action: "next" };
    case "cut-answer": {
      const maxOutputTokens = Math.min(2 * history.maxOutputTokens, history.outputLimit);
      const isWorthIt = history.raises === 0 && maxOutputTokens > history.maxOutputTokens;
      return isWorthIt ? { action: "raise-output", maxOutputTokens } : { action: "next" };
    }
    case "invalid-answer":
      return history.repairs < history.maxRepairs ? { action: "repair" } : { action: "next" };
    case "network":
      // A connection that was lost after sending may have reached the model: that was its one request.
      if (!failure.neverLeft) return { action: "cool-model", coolMs: coolDown(history) };
      return history.pauses < MAX_PAUSES
        ? { action: "pause", pauseMs: 1_000 * 2 ** history.pauses }
        : { action: "stop", halt: false };
    case "auth":
    case "money":
      return { action: "stop", halt: true };
    case "model-priced":
      // Whoever lets the account go on must not meet the same model again.
      return { action: "stop", halt: true, distrusts: true };
    case "request-refused":
      return { action: "stop", halt: false };
  }
}

/** Doubles with each failure in a row, with jitter of a quarter, so that workers do not come back together. */
function coolDown(history: AttemptHistory): number {
  const baseMs = Math.min(LONGEST_COOL_MS, FIRST_COOL_MS * 2 ** history.modelFailures);
  return Math.round(baseMs * (0.75 + 0.5 * history.random));
}
