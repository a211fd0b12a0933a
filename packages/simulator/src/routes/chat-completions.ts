import { type CatalogueModel, isFree, providerOf } from "../catalogue.ts";
import { type ChatRequest, messageText, parseChatRequest, wantsBilledExtras } from "../chat-request.ts";
import { type Completion, estimateTokens } from "../completion.ts";
import { composeReply } from "../engine/compose.ts";
import { accountLimitReply, errorReply, invalidModelReply } from "../errors.ts";
import type { LimitHit } from "../limits.ts";
import { faultRefusal, spoil } from "../play-fault.ts";
import type { ErrorReply, Reply } from "../reply.ts";
import { refuseRoute } from "../routing.ts";
import { pause } from "../send.ts";
import type { Exchange } from "./route.ts";

const MAX_MODELS = 3;
const WEB_SEARCH_USD = 0.007;

/** A request that passed the checks which come before any model is looked at. */
interface Ask {
  request: ChatRequest;
  promptTokens: number;
  /** Models to try in order; never empty. */
  models: CatalogueModel[];
  /** The account limit this request ran into. */
  hit: LimitHit | null;
}

/** `POST /chat/completions`: checks in OpenRouter's order, then one model after the other. */
export async function completeChat(exchange: Exchange): Promise<Reply> {
  const ask = readAsk(exchange);
  if ("kind" in ask) return ask;
  await pause(exchange.simulation.latencyMs, exchange.signal);
  const errors: ErrorReply[] = [];
  for (const model of ask.models) {
    const reply = await askModel(exchange, ask, model);
    if (reply.kind !== "error" || reply.status === 200) return reply;
    errors.push(reply);
  }
  return lastError(errors);
}

function readAsk(exchange: Exchange): Ask | ErrorReply {
  const request = parseChatRequest(exchange.body);
  if (typeof request === "string") return errorReply({ status: 400, message: `Invalid request: ${request}` });
  note(exchange, request);
  if ((request.models?.length ?? 0) > MAX_MODELS) {
    return errorReply({ status: 400, message: `'models' array must have ${MAX_MODELS} items or fewer.` });
  }
  const { simulation, entry, headers } = exchange;
  if (!simulation.accepts(headers.authorization)) {
    const message = headers.authorization === undefined ? "Missing Authentication header" : "User not found.";
    return errorReply({ status: 401, message });
  }
  const ids = requestedIds(request);
  const [first] = ids;
  if (first === undefined) return errorReply({ status: 400, message: "No models provided" });
  const models = ids.flatMap((id) => simulation.find(withoutOnline(id)) ?? []);
  const hit = countRequest(exchange, models);
  if (models.length === 0) return invalidModelReply(first);
  return { request, models, hit, promptTokens: entry.promptTokens ?? 0 };
}

function note({ entry }: Exchange, request: ChatRequest): void {
  if (request.model !== undefined) entry.model = request.model;
  if (request.models !== undefined) entry.models = request.models;
  const extras = JSON.stringify(request.response_format ?? "") + JSON.stringify(request.tools ?? "");
  entry.promptTokens = estimateTokens(request.messages.map(messageText).join("\n") + extras);
}

/** Every request counts once, whatever becomes of it; only one that names nothing but priced models does not. */
function countRequest({ simulation, entry }: Exchange, models: readonly CatalogueModel[]): LimitHit | null {
  if (models.length > 0 && !models.some(isFree)) return null;
  entry.counted = true;
  return simulation.charge();
}

function requestedIds({ model, models = [] }: ChatRequest): string[] {
  return [...new Set(model === undefined ? models : [model, ...models])];
}

/** `:online` adds web search to a model; it is not part of the model's id. */
function withoutOnline(id: string): string {
  return id.replace(/:online$/, "");
}

async function askModel(exchange: Exchange, ask: Ask, model: CatalogueModel): Promise<Reply> {
  const { simulation, entry } = exchange;
  const { request, promptTokens, hit } = ask;
  const ended = simulation.hasEnded(model.id);
  const refusal = refuseRoute({ model, request, promptTokens, ended, now: simulation.clock() });
  if (refusal !== null) return refusal;
  if (hit !== null) return accountLimitReply(hit, simulation.limits);
  const fault = simulation.script.take(model.id);
  if (fault === undefined) return { kind: "completion", ...(await complete(exchange, request, model)) };
  entry.fault = fault.kind;
  if (fault.kind === "vanished") simulation.end(model.id);
  const failure = faultRefusal(fault, model);
  if (failure !== null) return failure;
  const { completion, stream } = await complete(exchange, request, model);
  if (fault.kind === "cost") simulation.bill(fault.cost);
  const reply = spoil(fault, completion, stream);
  if (reply.kind !== "completion") delete entry.servedModel;
  return reply;
}

async function complete(
  { simulation, entry }: Exchange,
  request: ChatRequest,
  asked: CatalogueModel,
): Promise<{ completion: Completion; stream: boolean }> {
  const model = simulation.served(asked);
  entry.servedModel = model.id;
  const generation = simulation.nextGeneration();
  const usedServerTool =
    wantsBilledExtras(request) || requestedIds(request).some((id) => id.endsWith(":online"));
  if (usedServerTool) simulation.bill(WEB_SEARCH_USD);
  const ignoresFormat = model.simulated?.ignoresResponseFormat === true;
  const { content, toolCalls } = await composeReply(request, { ignoresFormat, callId: generation.id });
  const output = (content ?? "") + toolCalls.map((call) => call.arguments).join("");
  const completion: Completion = {
    ...generation,
    model: servedName(model),
    provider: providerOf(model),
    content,
    reasoning: null,
    toolCalls,
    finishReason: toolCalls.length > 0 ? "tool_calls" : "stop",
    promptTokens: entry.promptTokens ?? 0,
    completionTokens: estimateTokens(output),
    reasoningTokens: 0,
    cost: usedServerTool ? WEB_SEARCH_USD : 0,
    usedServerTool,
  };
  return { completion, stream: request.stream === true };
}

/** Answers name the dated slug, with the variant: it is not the id that was asked for. */
function servedName({ id, canonical_slug: slug }: CatalogueModel): string {
  return id.endsWith(":free") ? `${slug}:free` : slug;
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
