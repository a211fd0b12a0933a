import type { Ask } from "./ask.ts";
import { type CatalogueModel, isFree, isStealth } from "./catalogue.ts";
import type { Fault } from "./faults.ts";
import type { LimitHit } from "./limits.ts";
import { faultRefusal } from "./play-fault.ts";
import { accountLimitReply, modelCapReply } from "./rate-limit-errors.ts";
import type { ErrorReply } from "./reply.ts";
import type { Exchange } from "./routes/route.ts";
import { refuseRoute } from "./routing.ts";

/** Everything that can stand between a request and the model's provider: funnel, account limit, the model's cap. */
export function refuseModel(exchange: Exchange, ask: Ask, model: CatalogueModel): ErrorReply | null {
  const { caps, wire } = exchange.simulation;
  const limit = () => (isHitBy(ask.hit, model) ? accountLimitReply(ask.hit) : null);
  const early = wire.limitsBeforeRouting ? limit() : null;
  const refusal = early ?? refuseFunnel(exchange, ask, model) ?? limit();
  if (refusal !== null) return refusal;
  const cap = caps.charge(model, exchange.simulation.now());
  return cap === null ? null : modelCapReply(model, cap);
}

/** Takes the model's next fault and lets it do what lasts: an end, a new price, a charge, a habit. */
export function takeFault({ simulation, entry }: Exchange, model: CatalogueModel): Fault | undefined {
  const { account, listing, script } = simulation;
  const fault = script.take(model.id);
  if (fault === undefined || fault.kind === "ok") return undefined;
  entry.fault = fault.kind;
  if (fault.kind === "vanished") listing.end(model.id);
  if (fault.kind === "delisted") listing.hide(model.id);
  if (fault.kind === "cost") account.bill(fault.cost, simulation.now());
  if (fault.kind === "price") {
    listing.setPrice(model.id, fault.pricing, simulation.now() + (fault.staleListingMs ?? 0));
  }
  if (fault.kind === "endless-tool-calls") listing.setBehaviour(model.id, { neverStopsCalling: true });
  return fault;
}

/** The refusal a fault stands for; after a change of price the funnel decides once more. */
export function failWith(
  fault: Fault | undefined,
  exchange: Exchange,
  { ask, model }: { ask: Ask; model: CatalogueModel },
): ErrorReply | null {
  if (fault === undefined) return null;
  if (fault.kind !== "price") return faultRefusal(fault, model);
  return refuseFunnel(exchange, ask, { ...model, pricing: fault.pricing });
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
    endpoint: ask.endpoint,
    promptTokens: ask.promptTokens,
    ended: listing.hasEnded(model.id),
    money: { limitUsd, spentUsd: account.spentUsd(), balanceUsd: account.balanceUsd() },
    priceCompare: wire.priceCompare,
    now: simulation.now(),
  });
}
