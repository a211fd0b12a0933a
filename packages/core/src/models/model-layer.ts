import { z } from "zod";
import { MAX_CACHED_CHARS, type ResponseCache } from "../cache/response-cache.ts";
import { MINUTE_MS } from "../shared/duration.ts";
import { parseJson } from "../shared/json.ts";
import { answerMessageSchema } from "./answer-message.ts";
import type { Catalogue } from "./catalogue.ts";
import { askChain } from "./chain.ts";
import type { ChainDeps } from "./chain-deps.ts";
import { findRoute } from "./find-route.ts";
import { judgeAnswer } from "./judge-answer.ts";
import type { CallContext, ModelAnswer, ModelRequest } from "./model-request.ts";
import type { PreferredModels } from "./needs.ts";
import type { PackBook } from "./pack/pack-book.ts";
import { PackDesk } from "./pack/pack-desk.ts";
import type { BoughtAnswer } from "./pack/pack-entry.ts";
import { requestKey } from "./request-key.ts";
import type { Route } from "./router.ts";

/** What asks models for everybody: steps, agents and commands go through this one object. */
export interface AsksModels {
  /**
   * Gives an accepted answer: from the cache, or from the first candidate that has one.
   *
   * @throws ParkError when nothing can be asked before a stated time; SluiceError NO_CANDIDATE, CHAIN_EXHAUSTED,
   *   ANSWER_INVALID, REQUEST_BUDGET, ACCOUNT_HALTED, COST_DETECTED and the others of the chain.
   */
  ask<T>(request: ModelRequest<T>, call: CallContext): Promise<ModelAnswer<T>>;
}

/** The same, with what is known of answers that were bought before. */
export interface ModelLayer extends AsksModels {
  /** The answer in the cache, as {@link ModelLayer.ask} would take it from there; it costs no request. */
  recall<T>(request: ModelRequest<T>, call: Pick<CallContext, "fresh">): Promise<ModelAnswer<T> | undefined>;
  /** Stores an answer that was bought with others, for whoever asks the same alone. */
  keep<T>(request: ModelRequest<T>, answer: BoughtAnswer<T>): Promise<void>;
}

/** What the layer is composed of. */
export interface ModelLayerDeps extends ChainDeps {
  /** The catalogue as it is known now; read from the server when it is too old. */
  catalogue(): Promise<Catalogue>;
  cache: ResponseCache;
  /** Models that the user prefers, by task. */
  prefer: PreferredModels;
  /** The server's address: answers of different servers are kept apart. */
  server: string;
  /** What was learnt of asking several questions in one request. */
  packs: PackBook;
}

/** The same, at work. */
interface LayerAtWork extends ModelLayerDeps {
  desk: PackDesk;
  route<T>(request: ModelRequest<T>): Promise<Route>;
}

const storedAnswerSchema = answerMessageSchema.extend({ model: z.string() });

/** Composes cache ▸ pack ▸ router ▸ chain; permit, gate and wire lie beneath the chain. */
export function createModelLayer(deps: ModelLayerDeps): ModelLayer {
  const asking = {
    ...deps,
    book: deps.packs,
    route: <T>(request: ModelRequest<T>) => findRoute(request, deps),
  };
  const layer = { ...deps, ...asking, desk: new PackDesk(asking) };
  return {
    async ask(request, call) {
      const key = request.cache ? requestKey(request, deps.server) : undefined;
      const answer = await obtain(key, request, call, layer);
      call.meter.answered(answer.model, answer.cached);
      return answer;
    },
    async recall(request, { fresh }) {
      if (!request.cache || fresh) return undefined;
      return fromCache(requestKey(request, deps.server), request, deps.cache);
    },
    async keep(request, answer) {
      if (request.cache) await store(requestKey(request, deps.server), answer, deps.cache);
    },
  };
}

async function obtain<T>(
  key: string | undefined,
  request: ModelRequest<T>,
  call: CallContext,
  deps: LayerAtWork,
): Promise<BoughtAnswer<T>> {
  if (key !== undefined && !call.fresh) return onlyOnce(key, request, call, deps);
  return buy(key, request, call, deps);
}

/** A claim that its holder has not released ends after this long; one question takes less, its waits included. */
const CLAIM_MS = 5 * MINUTE_MS;

/** How often to look whether somebody else has bought the answer, in milliseconds. */
const LOOK_MS = 250;

/** From the cache; else bought by one of all who ask the same at the same time, over all processes. */
async function onlyOnce<T>(
  key: string,
  request: ModelRequest<T>,
  call: CallContext,
  deps: LayerAtWork,
): Promise<BoughtAnswer<T>> {
  for (;;) {
    const cached = await fromCache(key, request, deps.cache);
    if (cached) return cached;
    // A cache that does not answer must not keep anybody from asking.
    if (await deps.cache.claim(key, CLAIM_MS).catch(() => true)) break;
    await deps.clock.sleep(LOOK_MS, call.signal);
  }
  try {
    return await buy(key, request, call, deps);
  } finally {
    await deps.cache.release(key).catch(() => undefined);
  }
}

async function fromCache<T>(
  key: string,
  request: ModelRequest<T>,
  cache: ResponseCache,
): Promise<BoughtAnswer<T> | undefined> {
  const text = await cache.get(key).catch(() => undefined);
  if (text === undefined) return undefined;
  const stored = storedAnswerSchema.safeParse(parseJson(text));
  if (!stored.success) return undefined;
  const { model, ...message } = stored.data;
  const acceptance = await judgeAnswer(request, message);
  if (!acceptance.ok) return undefined;
  const usage = { promptTokens: 0, completionTokens: 0 };
  return { value: acceptance.value, message, model, cached: true, usage };
}

/** From models, in company where there is any; stored under its key, where it has one. */
async function buy<T>(
  key: string | undefined,
  request: ModelRequest<T>,
  call: CallContext,
  deps: LayerAtWork,
): Promise<BoughtAnswer<T>> {
  const keep = async (answer: BoughtAnswer<T>) => {
    if (key !== undefined) await store(key, answer, deps.cache);
  };
  // Who asks by hand has a permit of his own at once.
  const terms = call.urgent ? undefined : request.pack;
  const answer = terms
    ? await deps.desk.ask({ request, terms, call, onLate: (late) => void keep(late) })
    : await deps.route(request).then((route) => askChain(request, { route, call }, deps));
  await keep(answer);
  return answer;
}

/** A cache that cannot store loses a later saving, not this answer. */
async function store<T>(key: string, answer: BoughtAnswer<T>, cache: ResponseCache): Promise<void> {
  const text = JSON.stringify({ ...answer.message, model: answer.model });
  if (text.length > MAX_CACHED_CHARS) return;
  await cache.set(key, text).catch(() => undefined);
}
