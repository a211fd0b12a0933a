import { failWith, refuseModel, takeFault } from "../admission.ts";
import { answer } from "../answer.ts";
import { type Ask, countModels, readAsk } from "../ask.ts";
import type { CatalogueModel } from "../catalogue.ts";
import { errorReply } from "../errors.ts";
import { type Attempt, openAttempt } from "../journal.ts";
import { spoil } from "../play-fault.ts";
import { type ErrorReply, type Reply, statusOf } from "../reply.ts";
import { routerMetadata, wantsRouterMetadata, withRouterMetadata } from "../router-metadata.ts";
import { pause } from "../send.ts";
import type { Exchange } from "./route.ts";

/** `POST /chat/completions`: checks in OpenRouter's order, then one model after the other. */
export async function completeChat(exchange: Exchange): Promise<Reply> {
  const reply = await complete(exchange);
  const metadata = wantsRouterMetadata(exchange.headers) ? routerMetadata(exchange.entry) : null;
  return metadata === null ? reply : withRouterMetadata(reply, metadata);
}

async function complete(exchange: Exchange): Promise<Reply> {
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
  const { simulation, entry } = exchange;
  const errors: ErrorReply[] = [];
  let { hit } = ask;
  for (const [index, model] of ask.models.entries()) {
    if (index > 0 && simulation.countMode === "attempt") hit = countModels(exchange, [model]);
    const attempt = openAttempt(entry, model);
    const reply = await askModel(exchange, { ...ask, hit }, { model, attempt });
    attempt.status = statusOf(reply);
    if (reply.kind !== "error" || reply.status === 200) return reply;
    errors.push(reply);
  }
  return lastError(errors);
}

async function askModel(
  exchange: Exchange,
  ask: Ask,
  { model, attempt }: { model: CatalogueModel; attempt: Attempt },
): Promise<Reply> {
  const { simulation, entry } = exchange;
  const refusal = refuseModel(exchange, ask, model);
  if (refusal !== null) return refusal;
  attempt.reachedProvider = true;
  const fault = takeFault(exchange, model);
  const failure = failWith(fault, exchange, { ask, model });
  if (failure !== null) return failure;
  if (fault?.kind === "slow") await pause(fault.ms, exchange.signal);
  const stream = ask.request.stream === true;
  const asked = simulation.listing.find(model.id) ?? model;
  const completion = await answer(exchange, { ask, asked, fault });
  attempt.model = entry.servedModel ?? model.id;
  const good = { kind: "completion", completion, stream } as const;
  const reply = fault === undefined ? good : spoil(fault, completion, stream);
  if (reply.kind === "completion") {
    const circumstances = { apiType: "completions", streamed: stream, now: simulation.now() } as const;
    simulation.generations.record(reply.completion, circumstances);
  }
  if (reply.kind !== "completion" && reply.kind !== "flood") delete entry.servedModel;
  return reply;
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
