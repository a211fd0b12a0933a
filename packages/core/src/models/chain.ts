import { AccountHaltedError, ModelsCoolingError } from "../errors/quota-errors.ts";
import { SluiceError } from "../errors/sluice-error.ts";
import { DAY_MS } from "../shared/duration.ts";
import type { ChainDeps } from "./chain-deps.ts";
import type { ChatMessage } from "./chat.ts";
import type { Failure } from "./classify-error.ts";
import type { AttemptReport, CallContext, ModelAnswer, ModelRequest } from "./model-request.ts";
import { decideRetry, type RetryDecision } from "./retry-decision.ts";
import type { Candidate } from "./router.ts";
import { type Attempt, sendAttempt } from "./send-attempt.ts";
import { repairMessages } from "./structured/repair.ts";

/** More attempts than this in one call burn the day for one document. */
const MAX_ATTEMPTS = 6;

/** How often one call waits out a closed account before its run is parked instead. */
const MAX_HOLDS = 3;

/** What one call has been through so far. */
interface CallProgress {
  attempts: AttemptReport[];
  pauses: number;
  holds: number;
}

/**
 * Asks the candidates in order until one gives an accepted answer. The one place that retries.
 *
 * @throws ParkError when nothing can be asked before a stated time.
 * @throws SluiceError CHAIN_EXHAUSTED or ANSWER_INVALID with every attempt in its facts.
 */
export async function askChain<T>(
  request: ModelRequest<T>,
  route: { candidates: readonly Candidate[]; call: CallContext },
  deps: ChainDeps,
): Promise<ModelAnswer<T> & { text: string }> {
  const progress: CallProgress = { attempts: [], pauses: 0, holds: 0 };
  for (const candidate of route.candidates) {
    const health = deps.health.of(candidate.id);
    if (health.dropped || health.coolUntil > deps.clock.now()) continue;
    const answer = await askModel(request, { candidate, call: route.call, progress }, deps);
    if (answer) return answer;
    if (progress.attempts.length >= MAX_ATTEMPTS) break;
  }
  throw exhausted(route.candidates, progress.attempts, deps);
}

/** Asks one model until it answers or the decision is to leave it; undefined then. */
async function askModel<T>(
  request: ModelRequest<T>,
  at: { candidate: Candidate; call: CallContext; progress: CallProgress },
  deps: ChainDeps,
): Promise<(ModelAnswer<T> & { text: string }) | undefined> {
  const { candidate, call, progress } = at;
  let messages: readonly ChatMessage[] = request.messages;
  let repairs = 0;
  while (progress.attempts.length < MAX_ATTEMPTS) {
    const attempt = await sendAttempt(request, { candidate, messages, call }, deps);
    progress.attempts.push(attempt.report);
    call.onAttempt?.(attempt.report);
    if (attempt.ok) {
      deps.health.succeed(candidate.id);
      return attempt.answer;
    }
    const decision = decideRetry(attempt.failure, {
      modelFailures: deps.health.of(candidate.id).failures,
      repairs,
      maxRepairs: request.maxRepairs,
      pauses: progress.pauses,
      random: deps.random(),
    });
    if (decision.action === "repair") {
      repairs++;
      messages = repairMessages(request.messages, attempt.text, attempt.failure.detail);
    } else if (!(await carryOut(decision, { candidate, call, progress, failed: attempt }, deps)))
      return undefined;
  }
  return undefined;
}

/** Does what was decided; true when the same model is to be asked again. */
async function carryOut(
  decision: Exclude<RetryDecision, { action: "repair" }>,
  at: {
    candidate: Candidate;
    call: CallContext;
    progress: CallProgress;
    failed: Attempt<unknown> & { ok: false };
  },
  deps: ChainDeps,
): Promise<boolean> {
  const now = deps.clock.now();
  switch (decision.action) {
    case "hold-account":
      await deps.ledger.reject(decision.rejection);
      return ++at.progress.holds <= MAX_HOLDS;
    case "pause":
      at.progress.pauses++;
      await deps.clock.sleep(decision.pauseMs, at.call.signal);
      return true;
    case "cool-model":
      deps.health.cool(at.candidate.id, now + decision.coolMs);
      return false;
    case "drop-for-day":
      deps.health.cool(at.candidate.id, (Math.floor(now / DAY_MS) + 1) * DAY_MS);
      return false;
    case "drop-model":
      deps.health.drop(at.candidate.id);
      deps.onModelGone();
      return false;
    case "next":
      return false;
    case "stop":
      throw await stopped(decision.halt, at, deps);
  }
}

async function stopped(
  halt: boolean,
  at: { candidate: Candidate; failed: Attempt<unknown> & { ok: false } },
  deps: ChainDeps,
): Promise<SluiceError> {
  const { failure } = at.failed;
  if (halt) {
    await deps.ledger.halt(`${at.candidate.id}: ${failure.detail}`);
    return failure.kind === "auth"
      ? refusedAccount(failure)
      : new AccountHaltedError(`${at.candidate.id}: ${failure.detail}`);
  }
  return new SluiceError(failure.kind === "network" ? "MODEL_FAILED" : "REQUEST_REFUSED", {
    message:
      failure.kind === "network"
        ? "The server could not be reached. Check the network and OPENROUTER_BASE_URL; the run can be retried."
        : `The server refused the request itself (${failure.detail}); no other model can help.`,
    facts: { model: at.candidate.id, detail: failure.detail },
    cause: at.failed.cause,
  });
}

function refusedAccount(failure: Failure): SluiceError {
  return new SluiceError("ACCOUNT_REFUSED", {
    message: `The server refused the API key (${failure.detail}). Check OPENROUTER_API_KEY, then run \`sluice quota resume\`.`,
    facts: { detail: failure.detail },
  });
}

function exhausted(
  candidates: readonly Candidate[],
  attempts: readonly AttemptReport[],
  deps: ChainDeps,
): SluiceError {
  const now = deps.clock.now();
  const told = attempts.map((attempt) => `${attempt.model}: ${attempt.outcome} (${attempt.detail})`);
  const cause = new SluiceError("CHAIN_EXHAUSTED", {
    message: told.length > 0 ? `Every attempt failed: ${told.join("; ")}` : "No candidate could be asked.",
    facts: { attempts: told },
  });
  const coolUntil = candidates
    .map(({ id }) => deps.health.of(id))
    .flatMap((h) => (h.dropped || h.coolUntil <= now ? [] : [h.coolUntil]));
  if (coolUntil.length > 0) {
    return new ModelsCoolingError(Math.min(...coolUntil), {
      candidates: candidates.map(({ id }) => id),
      cause,
    });
  }
  if (attempts.length > 0 && attempts.every((attempt) => attempt.outcome === "invalid-answer")) {
    return new SluiceError("ANSWER_INVALID", {
      message: `No model gave a valid answer in ${attempts.length} attempts. Last problem: ${attempts.at(-1)?.detail ?? ""}`,
      facts: { attempts: told },
      cause,
    });
  }
  return cause;
}
