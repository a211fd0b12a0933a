import type { AnswerMessage } from "./answer-message.ts";
import type { ChainDeps } from "./chain-deps.ts";
import { exhausted, stopped } from "./chain-errors.ts";
import type { ChatMessage } from "./chat.ts";
import type { Failure } from "./classify-error.ts";
import { distrustModel, restForDay } from "./distrust-model.ts";
import { type Availability, healthOf } from "./health.ts";
import type { AttemptReport, CallContext, ModelAnswer, ModelRequest } from "./model-request.ts";
import { decideRetry, type RetryDecision } from "./retry-decision.ts";
import type { Candidate, Route } from "./router.ts";
import { sendAttempt } from "./send-attempt.ts";
import { repairMessages } from "./structured/repair.ts";

/** More requests than this for one question burn the day for one document. */
const MAX_REQUESTS = 4;

/** How often one call waits out a closed account before its run is parked instead. */
const MAX_HOLDS = 3;

/** What one call has been through so far. */
interface CallProgress {
  attempts: AttemptReport[];
  /** What was answered last. */
  reply: string;
  /** Requests that reached, or may have reached, a model: what the bound counts. */
  asked: number;
  pauses: number;
  holds: number;
}

/** One candidate's turn: what changes when the same model is asked again. */
interface Turn {
  candidate: Candidate;
  messages: readonly ChatMessage[];
  maxOutputTokens: number;
  repairs: number;
  raises: number;
}

type Answer<T> = ModelAnswer<T> & { message: AnswerMessage };

/**
 * Asks the candidates in order until one gives an accepted answer. The one place that retries.
 *
 * @throws ParkError when nothing can be asked before a stated time.
 * @throws SluiceError CHAIN_EXHAUSTED or ANSWER_INVALID with every attempt in its facts.
 */
export async function askChain<T>(
  request: ModelRequest<T>,
  { route, call }: { route: Route; call: CallContext },
  deps: ChainDeps,
): Promise<Answer<T>> {
  const progress: CallProgress = { attempts: [], reply: "", asked: 0, pauses: 0, holds: 0 };
  let availability = await deps.health.availability(route.catalogueReadAt);
  for (const candidate of route.candidates) {
    if (progress.asked >= MAX_REQUESTS) break;
    if (!isAvailable(candidate, availability)) continue;
    const answer = await askModel(request, { candidate, call, progress }, deps);
    if (answer) return answer;
    // Time has passed: others may have learnt of the models that come next.
    availability = await deps.health.availability(route.catalogueReadAt);
  }
  throw exhausted(route, { ...progress, label: call.label }, availability);
}

function isAvailable({ id }: Candidate, { at, now }: Availability): boolean {
  const availableAt = at(id);
  return availableAt !== null && availableAt <= now;
}

/** Asks one model until it answers or the decision is to leave it; undefined then. */
async function askModel<T>(
  request: ModelRequest<T>,
  at: { candidate: Candidate; call: CallContext; progress: CallProgress },
  deps: ChainDeps,
): Promise<Answer<T> | undefined> {
  const { candidate, call, progress } = at;
  let turn: Turn = {
    candidate,
    messages: request.messages,
    maxOutputTokens: request.maxOutputTokens,
    repairs: 0,
    raises: 0,
  };
  while (progress.asked < MAX_REQUESTS) {
    const attempt = await sendAttempt(request, { ...turn, call }, deps);
    progress.attempts.push(attempt.report);
    call.onAttempt?.(attempt.report);
    if (attempt.ok) {
      progress.asked++;
      // An answer that was bought is not lost over a note.
      await deps.health
        .record(candidate.id, { type: "answered", latencyMs: attempt.report.durationMs })
        .catch(() => {});
      return attempt.answer;
    }
    const { failure, message } = attempt;
    progress.reply = message.text;
    if (concernsModel(failure)) progress.asked++;
    const decision = await decideFor(request, { turn, failure, progress }, deps);
    if (decision.action === "repair") {
      turn = {
        ...turn,
        repairs: turn.repairs + 1,
        messages: repairMessages(request, message, failure.detail),
      };
    } else if (decision.action === "raise-output") {
      turn = { ...turn, raises: turn.raises + 1, maxOutputTokens: decision.maxOutputTokens };
    } else if (decision.action === "stop") {
      if (decision.distrusts) await distrustModel(candidate.id, deps);
      throw await stopped(decision, { model: candidate.id, failure, cause: attempt.cause }, deps);
    } else if (!(await carryOut(decision, { candidate, call, progress, failure }, deps))) return undefined;
  }
  return undefined;
}

/** What the account refused, and what never left, has asked no model. */
function concernsModel(failure: Failure): boolean {
  if (failure.kind === "network") return !failure.neverLeft;
  return failure.kind !== "account-minute" && failure.kind !== "account-day";
}

async function decideFor<T>(
  request: ModelRequest<T>,
  { turn, failure, progress }: { turn: Turn; failure: Failure; progress: CallProgress },
  deps: ChainDeps,
): Promise<RetryDecision> {
  const { state } = await deps.health.read();
  return decideRetry(failure, {
    modelFailures: healthOf(state, turn.candidate.id).failures,
    repairs: turn.repairs,
    maxRepairs: request.maxRepairs,
    raises: turn.raises,
    maxOutputTokens: turn.maxOutputTokens,
    outputLimit: turn.candidate.outputLimit,
    pauses: progress.pauses,
    random: deps.random(),
  });
}

/** Does what was decided; true when the same model is to be asked again. */
async function carryOut(
  decision: Exclude<RetryDecision, { action: "repair" | "raise-output" | "stop" }>,
  at: { candidate: Candidate; call: CallContext; progress: CallProgress; failure: Failure },
  deps: ChainDeps,
): Promise<boolean> {
  const { id } = at.candidate;
  switch (decision.action) {
    case "hold-account":
      await deps.ledger.reject(decision.rejection);
      if (decision.rejection.kind === "day") deps.onDayClosed();
      return ++at.progress.holds <= MAX_HOLDS;
    case "pause":
      at.progress.pauses++;
      await deps.clock.sleep(decision.pauseMs, at.call.signal);
      return true;
    case "cool-model":
      await deps.health.record(id, {
        type: "failed",
        coolMs: decision.coolMs,
        perMinute: decision.perMinute,
      });
      return false;
    case "drop-for-day":
      await restForDay(id, deps);
      return false;
    case "drop-model":
      await deps.health.record(id, { type: "gone" });
      deps.onModelGone();
      return false;
    case "next":
      return false;
  }
}
