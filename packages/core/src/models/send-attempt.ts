import { SluiceError } from "../errors/sluice-error.ts";
import type { Permit } from "../quota/ledger.ts";
import { faultPoint } from "../shared/fault-point.ts";
import { type AnswerMessage, answerIn } from "./answer-message.ts";
import type { ChainDeps } from "./chain-deps.ts";
import type { ChatBody, ChatMessage, ChatReply } from "./chat.ts";
import { classifyFailure, classifyReply, type Failure } from "./classify-error.ts";
import { distrustModel } from "./distrust-model.ts";
import { judgeAnswer } from "./judge-answer.ts";
import type { AttemptReport, CallContext, ModelAnswer, ModelRequest } from "./model-request.ts";
import { withoutPrompt } from "./prompt-echo.ts";
import type { Candidate } from "./router.ts";
import { servedModel } from "./served-model.ts";
import { schemaPrompt } from "./structured/answer-schema.ts";
import { functionTools, wireToolChoice } from "./tool.ts";
import { WireFailure } from "./wire.ts";

/** What one request came to. */
export type Attempt<T> =
  | { ok: true; report: AttemptReport; answer: ModelAnswer<T> & { message: AnswerMessage } }
  | { ok: false; report: AttemptReport; failure: Failure; message: AnswerMessage; cause?: unknown };

/** What is sent. */
export interface AttemptPlan {
  candidate: Candidate;
  messages: readonly ChatMessage[];
  maxOutputTokens: number;
}

/**
 * Takes a permit, sends one request and judges what came back.
 *
 * @throws ParkError or AccountHaltedError from the ledger, SluiceError REQUEST_BUDGET, NOT_FREE, COST_DETECTED,
 *   or the signal's reason.
 */
export async function sendAttempt<T>(
  request: ModelRequest<T>,
  at: AttemptPlan & { call: CallContext },
  deps: ChainDeps,
): Promise<Attempt<T>> {
  const permit = await acquirePermit(at.call, deps);
  faultPoint("permit");
  const startedAt = deps.clock.now();
  // Not waited for: the permit is for now.
  void deps.health.record(at.candidate.id, { type: "asked" }).catch(() => {});
  const attempt = await exchange(request, { ...at, permit }, deps);
  if ("late" in attempt) return sendAttempt(request, at, deps);
  const durationMs = deps.clock.now() - startedAt;
  const report = (outcome: AttemptReport["outcome"], detail: string): AttemptReport => ({
    model: at.candidate.id,
    outcome,
    detail,
    durationMs,
  });
  if ("reply" in attempt) return judge(request, { reply: attempt.reply, at, report });
  const { failure, cause } = attempt;
  return { ok: false, report: report(failure.kind, failure.detail), failure, message: nothing, cause };
}

/** A permit of the account, within the run's own budget. */
async function acquirePermit(call: CallContext, { wire, ledger }: ChainDeps): Promise<Permit> {
  const { meter, signal, maxWaitMs, flow, weight, urgent } = call;
  meter.charge();
  try {
    await wire.prepare();
    return await ledger.acquire({ signal, maxWaitMs, flow, weight, urgent });
  } catch (error) {
    meter.giveBack();
    throw error;
  }
}

const nothing: AnswerMessage = { text: "", toolCalls: [] };

/** Sends the one request; what did not bring a reply is classified here. */
async function exchange<T>(
  request: ModelRequest<T>,
  at: AttemptPlan & { call: CallContext; permit: Permit },
  deps: ChainDeps,
): Promise<{ reply: ChatReply } | { failure: Failure; cause: unknown } | { late: true }> {
  const { signal, onToken } = at.call;
  try {
    const reply = await deps.wire.send(bodyFor(request, at), { permit: at.permit, signal, onToken });
    await assertNoCost(reply, at.candidate, deps);
    return { reply };
  } catch (error) {
    if (SluiceError.has(error, "NOT_FREE")) await giveBack(at.permit, at.call, deps);
    if (!(error instanceof WireFailure)) throw error;
    // This process was held up between the permit and the network: it asks for another one.
    if (error.facts.kind === "late") {
      await giveBack(at.permit, at.call, deps);
      return { late: true };
    }
    const failure = withoutPrompt(classifyFailure(error.facts), at.messages);
    if (failure.kind === "network" && failure.neverLeft) await giveBack(at.permit, at.call, deps);
    return { failure, cause: error };
  }
}

async function giveBack(permit: Permit, call: CallContext, deps: ChainDeps): Promise<void> {
  call.meter.giveBack();
  await deps.ledger.refund(permit);
}

async function judge<T>(
  request: ModelRequest<T>,
  got: {
    reply: ChatReply;
    at: AttemptPlan;
    report(outcome: AttemptReport["outcome"], detail: string): AttemptReport;
  },
): Promise<Attempt<T>> {
  const { reply, at, report } = got;
  const message = answerIn(reply);
  const found = classifyReply(reply);
  const isWorthJudging = !found || (found.kind === "cut-answer" && request.takesCut);
  const acceptance = isWorthJudging ? await judgeAnswer(request, message) : undefined;
  if (!acceptance?.ok) {
    const failure = found
      ? withoutPrompt(found, at.messages)
      : { kind: "invalid-answer" as const, detail: acceptance?.problem ?? "" };
    return { ok: false, report: report(failure.kind, failure.detail), failure, message };
  }
  faultPoint("validated");
  const usage = {
    promptTokens: reply.usage?.prompt_tokens ?? 0,
    completionTokens: reply.usage?.completion_tokens ?? 0,
  };
  return {
    ok: true,
    report: report("ok", ""),
    answer: {
      value: acceptance.value,
      message,
      model: servedModel(at.candidate, reply.model),
      cached: false,
      usage,
    },
  };
}

function bodyFor<T>(request: ModelRequest<T>, at: AttemptPlan): ChatBody {
  const body: ChatBody = {
    model: at.candidate.id,
    messages: at.messages,
    max_tokens: at.maxOutputTokens,
    temperature: request.temperature,
    ...toolsOf(request),
  };
  if (!request.answer) return body;
  if (at.candidate.schemaOnWire) {
    return {
      ...body,
      response_format: { type: "json_schema", json_schema: { ...request.answer, strict: true } },
    };
  }
  return { ...body, messages: [{ role: "system", content: schemaPrompt(request.answer) }, ...at.messages] };
}

function toolsOf<T>({ tools = [], toolChoice }: ModelRequest<T>): Pick<ChatBody, "tools" | "tool_choice"> {
  if (tools.length === 0) return {};
  const choice = wireToolChoice(toolChoice);
  return { tools: functionTools(tools), ...(choice && { tool_choice: choice }) };
}

/** A reply that cost something, or ran a billable tool, stops the whole account at once. */
async function assertNoCost(reply: ChatReply, candidate: Candidate, deps: ChainDeps): Promise<void> {
  const cost = reply.usage?.cost ?? 0;
  const tools = reply.usage?.server_tool_use_details?.tool_calls_executed ?? 0;
  if (cost <= 0 && tools <= 0) return;
  const what =
    cost > 0
      ? `a reply of ${candidate.id} reported a cost of $${cost}`
      : `a reply of ${candidate.id} ran ${tools} billable tools`;
  // A store that is away must not hide it: the error halts this worker all the same.
  await deps.ledger.halt(what).catch(() => {});
  await distrustModel(candidate.id, deps);
  throw new SluiceError("COST_DETECTED", {
    message: `Although only free models are asked, ${what}. Nothing more is sent for this account until \`sluice quota resume\`.`,
    facts: { model: candidate.id, cost, tools },
  });
}
