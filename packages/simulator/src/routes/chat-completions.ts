import { answer } from "../answer.ts";
import { type Ask, countModels, readAsk } from "../ask.ts";
import { type CatalogueModel, isFree, isStealth } from "../catalogue.ts";
import { errorReply } from "../errors.ts";
import type { Fault } from "../faults.ts";
import type { LimitHit } from "../limits.ts";
import { faultRefusal, spoil } from "../play-fault.ts";
import { accountLimitReply, modelCapReply } from "../rate-limit-errors.ts";
import type { ErrorReply, Reply } from "../reply.ts";
import { refuseRoute } from "../routing.ts";
import { pause } from "../send.ts";
import type { Exchange } from "./route.ts";

/** `POST /chat/completions`: checks in OpenRouter's order, then one model after the other. */
export async function completeChat(exchange: Exchange): Promise<Reply> {
  const ask = readAsk(exchange);
  if ("kind" in ask) return ask;
  const { simulation, signal } = exchange;
  const latencyMs = simulation.drawLatencyMs();
  if (!simulation.wire.heartbeatWhitespace) {
    await pause(latencyMs, signal);
    return askInTurn(exchange, ask);
  }
  const reply = await askInTurn(exchange, ask);
  if (reply.kind === "completion") return { ...reply, heartbeatMs: latencyMs + (reply.heartbeatMs ?? 0) };
  await pause(latencyMs, signal);
  return reply;
}

async function askInTurn(exchange: Exchange, ask: Ask): Promise<Reply> {
  const { simulation } = exchange;
  const errors: ErrorReply[] = [];
  let { hit } = ask;
  for (const [index, model] of ask.models.entries()) {
    if (index > 0 && simulation.countMode === "attempt") hit = countModels(exchange, [model]);
    const reply = await askModel(exchange, { ...ask, hit }, model);
    if (reply.kind !== "error" || reply.status === 200) return reply;
    errors.push(reply);
  }
  return lastError(errors);
}

async function askModel(exchange: Exchange, ask: Ask, model: CatalogueModel): Promise<Reply> {
  const { simulation } = exchange;
  const refusal = refuseModel(exchange, ask, model);
  if (refusal !== null) return refusal;
  const fault = takeFault(exchange, model);
  const failure = fault === undefined ? null : failWith(fault, exchange, ask, model);
  if (failure !== null) return failure;
  if (fault?.kind === "slow") await pause(fault.ms, exchange.signal);
  const stream = ask.request.stream === true;
  const completion = await answer(exchange, ask, simulation.listing.find(model.id) ?? model);
  const good = { kind: "completion", completion, stream } as const;
  const reply = fault === undefined ? good : spoil(fault, completion, stream);
  if (reply.kind === "completion") simulation.generations.record(reply.completion, stream, simulation.now());
  if (reply.kind !== "completion" && reply.kind !== "flood") delete exchange.entry.servedModel;
  return reply;
}

/** Everything that can stand between a request and the model's provider: funnel, account limit, the model's cap. */
function refuseModel(exchange: Exchange, ask: Ask, model: CatalogueModel): ErrorReply | null {
  const { caps, wire } = exchange.simulation;
  const limit = () => (isHitBy(ask.hit, model) ? accountLimitReply(ask.hit) : null);
  const early = wire.limitsBeforeRouting ? limit() : null;
  const refusal = early ?? refuseFunnel(exchange, ask, model) ?? limit();
  if (refusal !== null) return refusal;
  const cap = caps.charge(model, exchange.simulation.now());
  return cap === null ? null : modelCapReply(model, cap);
}

/** Priced models are not limited; the stealth models' day is nobody else's. */
function isHitBy(hit: LimitHit | null, model: CatalogueModel): hit is LimitHit {
  return hit !== null && isFree(model) && (hit.scope !== "stealth-day" || isStealth(model));
}

function refuseFunnel({ simulation }: Exchange, ask: Ask, model: CatalogueModel): ErrorReply | null {
  const { account, keyUsage, listing, wire } = simulation;
  const { limit: limitUsd = null } = keyUsage;
  return refuseRoute({
    model,
    request: ask.request,
    promptTokens: ask.promptTokens,
    ended: listing.hasEnded(model.id),
    money: { limitUsd, spentUsd: account.spentUsd(), balanceUsd: account.balanceUsd() },
    priceCompare: wire.priceCompare,
    now: simulation.now(),
  });
}

/** Takes the model's next fault and lets it do what lasts: an end, a new price, a charge. */
function takeFault({ simulation, entry }: Exchange, model: CatalogueModel): Fault | undefined {
  const { account, listing, script } = simulation;
  const fault = script.take(model.id);
  if (fault === undefined) return undefined;
  entry.fault = fault.kind;
  if (fault.kind === "vanished") listing.end(model.id);
  if (fault.kind === "cost") account.bill(fault.cost, simulation.now());
  if (fault.kind === "price") {
    listing.setPrice(model.id, fault.pricing, simulation.now() + (fault.staleListingMs ?? 0));
  }
  return fault;
}

/** The refusal a fault stands for; after a change of price the funnel decides once more. */
function failWith(fault: Fault, exchange: Exchange, ask: Ask, model: CatalogueModel): ErrorReply | null {
  if (fault.kind !== "price") return faultRefusal(fault, model);
  return refuseFunnel(exchange, ask, { ...model, pricing: fault.pricing });
}

/** The last error of a chain, with the earlier ones as `previous_errors`. */
function lastError(errors: readonly ErrorReply[]): ErrorReply {
  const last = errors.at(-1) ?? errorReply({ status: 500, message: "Internal Server Error" });
  if (errors.length < 2) return last;
  const previous = errors
    .slice(0, -1)
    .map(({ body }) => ({ code: body.error.code, message: body.error.message }));
  const metadata = { ...last.body.error.metadata, previous_errors: previous };
  return { ...last, body: { ...last.body, error: { ...last.body.error, metadata } } };
}
