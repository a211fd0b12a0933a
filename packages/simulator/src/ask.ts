import type { Account } from "./account.ts";
import { type CatalogueModel, isFree, isStealth } from "./catalogue.ts";
import { type ChatRequest, messageText, parseChatRequest } from "./chat-request.ts";
import { estimateTokens } from "./completion.ts";
import { errorReply, insufficientCreditsReply, invalidModelReply } from "./errors.ts";
import type { LimitHit } from "./limits.ts";
import type { ErrorReply } from "./reply.ts";
import type { Exchange } from "./routes/route.ts";

const MAX_MODELS = 3;

/** A request that passed the checks which come before any model is looked at. */
export interface Ask {
  endpoint: "chat" | "embeddings";
  request: ChatRequest;
  promptTokens: number;
  /** Models to try in order; never empty. */
  models: CatalogueModel[];
  /** The account limit this request ran into. */
  hit: LimitHit | null;
}

/** Reads a chat completion request, checks it in OpenRouter's order, and counts it. */
export function readAsk(exchange: Exchange): Ask | ErrorReply {
  const request = parseChatRequest(exchange.body);
  if (typeof request === "string") return errorReply({ status: 400, message: `Invalid request: ${request}` });
  note(exchange, request);
  if ((request.models?.length ?? 0) > MAX_MODELS) {
    return errorReply({ status: 400, message: `'models' array must have ${MAX_MODELS} items or fewer.` });
  }
  const { simulation, entry } = exchange;
  const refused = refuseKey(exchange);
  if (refused !== null) return refused;
  const ids = requestedIds(request);
  const [first] = ids;
  if (first === undefined) return errorReply({ status: 400, message: "No models provided" });
  const models = ids.flatMap((id) => simulation.listing.find(withoutOnline(id)) ?? []);
  const hit = countModels(exchange, simulation.countMode === "attempt" ? models.slice(0, 1) : models);
  if (models.length === 0) return invalidModelReply(first);
  if (simulation.account.balanceUsd() < 0) return insufficientCreditsReply();
  return { endpoint: "chat", request, models, hit, promptTokens: entry.promptTokens ?? 0 };
}

/** 401 for a request without an accepted key, or null. */
export function refuseKey({ simulation, headers }: Exchange): ErrorReply | null {
  if (simulation.accepts(headers.authorization)) return null;
  const message = headers.authorization === undefined ? "Missing Authentication header" : "User not found.";
  return errorReply({ status: 401, message });
}

/** The ids a request names, in the order in which they are tried. */
export function requestedIds({ model, models = [] }: ChatRequest): string[] {
  return [...new Set(model === undefined ? models : [model, ...models])];
}

/**
 * Counts one request, by default against the account's quota, for all the given models together, whatever becomes of it; only when they are all
 * priced it is not counted. An unknown id is counted too.
 */
export function countModels(
  { simulation, entry }: Exchange,
  models: readonly CatalogueModel[],
  account: Account = simulation.account,
): LimitHit | null {
  const free = models.find(isFree);
  if (models.length > 0 && free === undefined) return null;
  const hit = account.charge({ at: simulation.now(), isStealth: free !== undefined && isStealth(free) });
  if (hit === null || account.limits.countRejected) {
    entry.counted = true;
    entry.charges += 1;
  }
  return hit;
}

function note({ entry }: Exchange, request: ChatRequest): void {
  if (request.model !== undefined) entry.model = request.model;
  if (request.models !== undefined) entry.models = request.models;
  const extras = JSON.stringify(request.response_format ?? "") + JSON.stringify(request.tools ?? "");
  entry.promptTokens = estimateTokens(request.messages.map(messageText).join("\n") + extras);
}

/** `:online` adds web search to a model; it is not part of the model's id. */
function withoutOnline(id: string): string {
  return id.replace(/:online$/, "");
}
