import { type Ask, requestedIds } from "./ask.ts";
import { type CatalogueModel, costOf, providerOf } from "./catalogue.ts";
import { wantsBilledExtras } from "./chat-request.ts";
import type { Completion } from "./completion.ts";
import { packedContent } from "./engine/answer-items.ts";
import { type ComposedReply, composeReply } from "./engine/compose.ts";
import type { Fault } from "./faults.ts";
import { outputLimit, sayWithin } from "./output-limit.ts";
import { isPackFault } from "./packs/pack-faults.ts";
import { spoilItems } from "./packs/spoil-items.ts";
import { concernsTools } from "./play-fault.ts";
import type { Exchange } from "./routes/route.ts";
import { servedName } from "./served-name.ts";

const WEB_SEARCH_USD = 0.007;

/** What is asked of a model. */
interface Question {
  ask: Ask;
  asked: CatalogueModel;
  /** What is to go wrong: here only what changes whom or what the model speaks of. */
  fault: Fault | undefined;
}

/**
 * The answer of a model to a request, with what it costs put on the bill. It is good but for the faults of packed
 * requests, which come before the limit of tokens cuts it.
 */
export async function answer(exchange: Exchange, question: Question): Promise<Completion> {
  const { ask, asked, fault } = question;
  const { simulation, entry } = exchange;
  const { request, promptTokens } = ask;
  const model = simulation.listing.served(asked, simulation.generations.count);
  entry.servedModel = model.id;
  const generation = simulation.generations.next(simulation.now());
  const usedServerTool =
    wantsBilledExtras(request, simulation.webPluginByDefault) ||
    requestedIds(request).some((id) => id.endsWith(":online"));
  const ignoresFormat = model.simulated?.ignoresResponseFormat === true;
  const insists = concernsTools(fault) || model.simulated?.neverStopsCalling === true;
  const how = { ignoresFormat, insistsOnTools: insists, callId: generation.id };
  const composed = withItemFaults(exchange, await composeReply(request, how), fault);
  const said = sayWithin(outputLimit(model, request), composed);
  const cost = costOf(model, promptTokens, said.completionTokens) + (usedServerTool ? WEB_SEARCH_USD : 0);
  if (cost > 0) simulation.account.bill(cost, simulation.now());
  return {
    ...generation,
    ...said,
    model: servedName(model, simulation.wire.servedModelFormat),
    provider: providerOf(model),
    reasoning: null,
    promptTokens,
    reasoningTokens: 0,
    cost,
    usedServerTool,
  };
}

/** What is said with the faults of single items in it, which the journal notes. */
function withItemFaults(
  { simulation, entry }: Exchange,
  composed: ComposedReply,
  fault: Fault | undefined,
): Pick<Completion, "content" | "toolCalls"> {
  const { items, ...whole } = composed;
  if (items === undefined) return whole;
  const packFault = isPackFault(fault) ? fault : undefined;
  const drawn = simulation.packs.draw(items, packFault);
  const struck = drawn.flatMap((one) => (one.fault === undefined ? [] : [[one.item.id, one.fault] as const]));
  if (struck.length > 0) entry.itemFaults = Object.fromEntries(struck);
  return { ...whole, content: packedContent(spoilItems(drawn, packFault)) };
}
