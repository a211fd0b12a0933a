import { failWith, refuseModel, takeFault } from "../admission.ts";
import { type Ask, countModels, refuseKey } from "../ask.ts";
import { type CatalogueModel, costOf } from "../catalogue.ts";
import {
  type EmbeddingInput,
  type EmbeddingRequest,
  embeddingInputs,
  parseEmbeddingRequest,
} from "../embedding-request.ts";
import { type Embeddings, embeddingsBody, spoilEmbeddings } from "../embeddings.ts";
import { embed } from "../engine/embed.ts";
import { errorReply, insufficientCreditsReply, invalidModelReply } from "../errors.ts";
import { type Attempt, openAttempt } from "../journal.ts";
import { interruption } from "../play-fault.ts";
import { type ErrorReply, json, type Reply, statusOf } from "../reply.ts";
import { pause } from "../send.ts";
import { servedName } from "../served-name.ts";
import type { Exchange } from "./route.ts";

const DEFAULT_DIMENSIONS = 1_024;

/** `POST /embeddings`: the same checks in the same order as a chat completion, for one model. */
export async function createEmbeddings(exchange: Exchange): Promise<Reply> {
  const { simulation, signal } = exchange;
  const request = parseEmbeddingRequest(exchange.body);
  if (typeof request === "string") return errorReply({ status: 400, message: `Invalid request: ${request}` });
  const inputs = embeddingInputs(request);
  const ask = readAsk(exchange, request, inputs);
  if ("kind" in ask) return ask;
  const [model] = ask.models;
  if (model === undefined) return invalidModelReply(request.model);
  await pause(simulation.drawLatencyMs(), signal);
  const attempt = openAttempt(exchange.entry, model);
  const reply = await askModel(exchange, ask, { model, request, inputs, attempt });
  attempt.status = statusOf(reply);
  return reply;
}

async function askModel(exchange: Exchange, ask: Ask, question: Question): Promise<Reply> {
  const { simulation, signal } = exchange;
  const { model, attempt } = question;
  const refusal = refuseModel(exchange, ask, model);
  if (refusal !== null) return refusal;
  attempt.reachedProvider = true;
  const fault = takeFault(exchange, model);
  const failure = failWith(fault, exchange, { ask, model });
  if (failure !== null) return failure;
  if (fault?.kind === "slow") await pause(fault.ms, signal);
  const broken = fault === undefined ? null : interruption(fault);
  if (broken !== null) return broken;
  const good = answer(exchange, question);
  const embeddings = fault === undefined ? good : spoilEmbeddings(fault, good);
  const circumstances = { apiType: "embeddings", streamed: false, now: simulation.now() } as const;
  simulation.generations.record(embeddings, circumstances);
  return json(embeddingsBody(embeddings), 200, { "X-Generation-Id": embeddings.id });
}

function readAsk(
  exchange: Exchange,
  { model: id, provider }: EmbeddingRequest,
  inputs: readonly EmbeddingInput[],
): Ask | ErrorReply {
  const { simulation, entry } = exchange;
  entry.model = id;
  entry.promptTokens = inputs.reduce((sum, { tokens }) => sum + tokens, 0);
  const refused = refuseKey(exchange);
  if (refused !== null) return refused;
  const models = [simulation.listing.find(id) ?? []].flat();
  const hit = countModels(exchange, models, simulation.embeddingAccount);
  if (models.length === 0) return invalidModelReply(id);
  if (simulation.account.balanceUsd() < 0) return insufficientCreditsReply();
  const image = [{ role: "user", content: [{ type: "image_url" }] }];
  const messages = inputs.some(({ hasImage }) => hasImage) ? image : [];
  // Each text has the whole context to itself.
  const promptTokens = Math.max(...inputs.map(({ tokens }) => tokens));
  return { endpoint: "embeddings", request: { messages, provider }, models, hit, promptTokens };
}

/** What is asked of a model. */
interface Question {
  model: CatalogueModel;
  attempt: Attempt;
  request: EmbeddingRequest;
  inputs: readonly EmbeddingInput[];
}

function answer({ simulation, entry }: Exchange, { model: asked, request, inputs }: Question): Embeddings {
  const model = simulation.listing.find(asked.id) ?? asked;
  const { dimensions: full = DEFAULT_DIMENSIONS } = model.simulated ?? {};
  const dimensions = Math.min(request.dimensions ?? full, full);
  const promptTokens = entry.promptTokens ?? 0;
  const cost = costOf(model, promptTokens, 0);
  if (cost > 0) simulation.account.bill(cost, simulation.now());
  entry.servedModel = model.id;
  return {
    ...simulation.generations.next(simulation.now()),
    model: servedName(model, simulation.wire.servedModelFormat),
    provider: model.simulated?.provider ?? "Simulated",
    vectors: inputs.map(({ text }) => embed(text, dimensions)),
    encoding: request.encoding_format ?? "float",
    promptTokens,
    cost,
  };
}
