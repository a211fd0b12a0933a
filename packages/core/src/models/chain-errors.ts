import { AnswerInvalidError } from "../errors/answer-errors.ts";
import { AccountHaltedError, ModelsCoolingError } from "../errors/quota-errors.ts";
import { SluiceError } from "../errors/sluice-error.ts";
import type { ChainDeps } from "./chain-deps.ts";
import type { Failure } from "./classify-error.ts";
import type { Availability } from "./health.ts";
import type { AttemptReport } from "./model-request.ts";
import type { Route } from "./router.ts";

/** The error of a failure that no other model can help; halts the account first where that was decided. */
export async function stopped(
  { halt }: { halt: boolean },
  { model, failure, cause }: { model: string; failure: Failure; cause: unknown },
  deps: ChainDeps,
): Promise<SluiceError> {
  const facts = { model, detail: failure.detail };
  if (halt) await deps.ledger.halt(`${model}: ${failure.detail}`);
  if (failure.kind === "auth") {
    return new SluiceError("ACCOUNT_REFUSED", {
      message: `The server refused the API key (${failure.detail}). Check OPENROUTER_API_KEY, then run \`sluice quota resume\`.`,
      facts,
      cause,
    });
  }
  if (halt) return new AccountHaltedError(`${model}: ${failure.detail}`);
  if (failure.kind === "network") {
    return new SluiceError("SERVER_UNREACHABLE", {
      message:
        "The server could not be reached. Check the network and OPENROUTER_BASE_URL; the run can be retried.",
      facts,
      cause,
    });
  }
  return new SluiceError("REQUEST_REFUSED", {
    message: `The server refused the request itself (${failure.detail}); no other model can help.`,
    facts,
    cause,
  });
}

/** Enough of a reply to see what is wrong with it. */
const MAX_REPLY_CHARS = 8_000;

/** The error of a chain at its end: a time to come back when models are resting, else every attempt. */
export function exhausted(
  route: Route,
  {
    attempts,
    label,
    reply,
  }: { attempts: readonly AttemptReport[]; label: string | undefined; reply: string },
  availability: Availability,
): SluiceError {
  const who = `${label ?? "The question"}:`;
  const told = attempts.map(
    ({ model, outcome, detail }) => `${model}: ${outcome}${detail ? ` (${detail})` : ""}`,
  );
  const cause = new SluiceError("CHAIN_EXHAUSTED", {
    message:
      told.length > 0
        ? `${who} every attempt failed: ${told.join("; ")}`
        : `${who} no candidate could be asked.`,
    facts: { attempts: told },
  });
  if (attempts.length > 0 && attempts.every(({ outcome }) => outcome === "invalid-answer")) {
    return new AnswerInvalidError({
      message: `${who} no model gave a valid answer in ${attempts.length} attempts. Last problem: ${attempts.at(-1)?.detail ?? ""}`,
      facts: { attempts: told },
      cause,
      reply: reply.slice(0, MAX_REPLY_CHARS),
    });
  }
  const backAt = firstBack(route, attempts, availability);
  return backAt === undefined
    ? cause
    : new ModelsCoolingError(backAt, { candidates: route.candidates.map(({ id }) => id), cause });
}

/** A candidate that this question had no request left for is asked after a pause this long, in milliseconds. */
const NEXT_TRY_MS = 1_000;

/** Failures that say nothing of the document: another model may well answer. */
const MODELS_OWN: ReadonlyArray<AttemptReport["outcome"]> = [
  "model-busy",
  "model-day",
  "model-gone",
  "network",
];

/**
 * When it is worth coming back: soon when a candidate was not asked yet and the others failed for reasons of their own,
 * else when the first one has rested.
 */
function firstBack(
  { candidates }: Route,
  attempts: readonly AttemptReport[],
  { at, now }: Availability,
): number | undefined {
  const asked = new Set(attempts.map(({ model }) => model));
  const isModelsFault = attempts.every(({ outcome }) => MODELS_OWN.includes(outcome));
  const times = candidates.flatMap(({ id }) => {
    const availableAt = at(id);
    if (availableAt === null) return [];
    if (availableAt > now) return [availableAt];
    return asked.has(id) || !isModelsFault ? [] : [now + NEXT_TRY_MS];
  });
  return times.length > 0 ? Math.min(...times) : undefined;
}
