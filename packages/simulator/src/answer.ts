import { type Ask, requestedIds } from "./ask.ts";
import { type CatalogueModel, costOf, providerOf } from "./catalogue.ts";
import { wantsBilledExtras } from "./chat-request.ts";
import { type Completion, estimateTokens } from "./completion.ts";
import { composeReply } from "./engine/compose.ts";
import type { Exchange } from "./routes/route.ts";
import { servedName } from "./served-name.ts";

const WEB_SEARCH_USD = 0.007;

/** What is asked of a model. */
interface Question {
  ask: Ask;
  asked: CatalogueModel;
  /** Call a tool whatever the request says, as long as it offers one. */
  insistsOnTools: boolean;
}

/** The good answer of a model to a request, with what it costs put on the bill. */
export async function answer(exchange: Exchange, question: Question): Promise<Completion> {
  const { ask, asked, insistsOnTools } = question;
  const { simulation, entry } = exchange;
  const { request, promptTokens } = ask;
  const model = simulation.listing.served(asked, simulation.generations.count);
  entry.servedModel = model.id;
  const generation = simulation.generations.next(simulation.now());
  const usedServerTool =
    wantsBilledExtras(request, simulation.webPluginByDefault) ||
    requestedIds(request).some((id) => id.endsWith(":online"));
  const ignoresFormat = model.simulated?.ignoresResponseFormat === true;
  const insists = insistsOnTools || model.simulated?.neverStopsCalling === true;
  const how = { ignoresFormat, insistsOnTools: insists, callId: generation.id };
  const { content, toolCalls } = await composeReply(request, how);
  const output = (content ?? "") + toolCalls.map((call) => call.arguments).join("");
  const completionTokens = estimateTokens(output);
  const cost = costOf(model, promptTokens, completionTokens) + (usedServerTool ? WEB_SEARCH_USD : 0);
  if (cost > 0) simulation.account.bill(cost, simulation.now());
  return {
    ...generation,
    model: servedName(model, simulation.wire.servedModelFormat),
    provider: providerOf(model),
    content,
    reasoning: null,
    toolCalls,
    finishReason: toolCalls.length > 0 ? "tool_calls" : "stop",
    promptTokens,
    completionTokens,
    reasoningTokens: 0,
    cost,
    usedServerTool,
  };
}
