import { type CatalogueModel, startSimulator, testCatalogue } from "@sluice/simulator";
import fc from "fast-check";
import { expect, it } from "vitest";
import { z } from "zod";
import { runAgent } from "../agent/run-agent.ts";
import { type Catalogue, parseCatalogue } from "../catalogue.ts";
import { whyNotFree } from "../free-only.ts";
import type { ModelLayer } from "../model-layer.ts";
import { RequestMeter } from "../request-meter.ts";
import { acceptText } from "../structured/accept-answer.ts";
import { chatModel } from "./chat-model.ts";
import { defaultTimeouts, guardFetch } from "./guard-fetch.ts";
import type { LayerChat } from "./layer-chat.ts";
import { type OpenRouter, openRouter } from "./openrouter.ts";
import { OpenRouterChat } from "./openrouter-chat.ts";

const REQUESTS = 10_000;
const CALLS_PER_PRICE_LIST = 100;
const FREE = "google/gemma-4-31b-it:free";
const ids = [
  ...testCatalogue().map(({ id }) => id),
  "openai/gpt-5",
  "openrouter/auto",
  `${FREE}:online`,
  "x/y:free",
  "",
];

/** A body as it arrived: what names a model is read strictly. */
const sentBody = z.looseObject({ model: z.string(), models: z.array(z.string()).optional() });

const anyId = fc.constantFrom(...ids);
/** Mostly absent, so that many a request is nearly innocent. */
const seldom = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

const innocent = [{ role: "user", content: "hello" }];

/** A body as somebody careless, or malicious, might make it: free and paid parts in any mixture. */
const hostileBody = fc.record({
  model: fc.oneof(
    { weight: 6, arbitrary: fc.constant<unknown>(FREE) },
    { weight: 3, arbitrary: anyId },
    fc.constantFrom(null, 7),
  ),
  messages: fc.oneof(
    { weight: 9, arbitrary: fc.constant<unknown>(innocent) },
    fc.constantFrom([], "hello", null),
  ),
  models: seldom(fc.oneof(fc.array(anyId, { maxLength: 4 }), fc.constant("all"))),
  plugins: seldom(
    fc.constantFrom<unknown>([{ id: "web" }], [{ id: "web", enabled: true }], [{ id: "fusion" }], []),
  ),
  tools: seldom(
    fc.constantFrom<unknown>(
      [{ type: "openrouter:web_search" }],
      [{ type: "function", function: { name: "f" } }],
    ),
  ),
  provider: seldom(fc.constantFrom<unknown>({ max_price: { prompt: 100 } }, { sort: "throughput" }, {})),
  service_tier: seldom(fc.constantFrom("priority", "flex")),
  preset: seldom(fc.constant("mine")),
});

/** Ways by which a body reaches the network through LangChain: straight to the guard, or through the model layer. */
const routes = [
  "options.body",
  "modelKwargs",
  "bindTools",
  "structured",
  "completionWithRetry",
  "fetch",
  "layer",
  "agent",
] as const;

/** Ways of one chat object: the one beneath the layer and the one above it have the same. */
const chatRoutes = ["options.body", "modelKwargs", "bindTools", "structured", "completionWithRetry"] as const;

const hostileCall = fc.record({
  route: fc.constantFrom(...routes),
  /** The way through the layer's own chat object, where that is the route. */
  chatRoute: fc.constantFrom(...chatRoutes),
  body: hostileBody,
  /** A model of the catalogue that gets a price on the server at this moment, unseen by us. */
  repriced: fc.oneof({ weight: 19, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: anyId }),
});

type HostileCall = typeof hostileCall extends fc.Arbitrary<infer T> ? T : never;

function priced(models: CatalogueModel[], id: string): CatalogueModel[] {
  return models.map((model) =>
    model.id === id ? { ...model, pricing: { prompt: "0.01", completion: "0.01" } } : model,
  );
}

/** What a hostile call is sent through. */
interface Doors {
  chat: OpenRouterChat;
  layer: OpenRouter;
  guarded: typeof fetch;
  url: string;
}

async function send(call: HostileCall, doors: Doors): Promise<void> {
  const { body, route } = call;
  switch (route) {
    case "fetch":
      return void (await doors.guarded(`${doors.url}/chat/completions`, {
        method: "POST",
        body: JSON.stringify(body),
      }));
    case "agent":
      return void (await runHostileAgent(body, doors.layer));
    case "layer":
      return sendByChat(chatModel(doors.layer, { meter: generous() }), { body, route: call.chatRoute });
    default:
      return sendByChat(doors.chat, { body, route });
  }
}

const generous = () => new RequestMeter({ budget: REQUESTS });

async function sendByChat(
  chat: OpenRouterChat | LayerChat,
  { body, route }: { body: HostileCall["body"]; route: (typeof chatRoutes)[number] },
): Promise<void> {
  // What the types forbid is the point here.
  const loose = body as unknown as Record<string, never>;
  chat.modelKwargs = {};
  chat.model = typeof body.model === "string" ? body.model : FREE;
  switch (route) {
    case "options.body":
      return void (await chat.invoke("hello", { options: { body } }));
    case "modelKwargs":
      chat.modelKwargs = loose;
      return void (await chat.invoke("hello"));
    case "bindTools":
      return void (await chat.bindTools(loose["tools"] ?? []).invoke("hello"));
    case "structured":
      return void (await chat.withStructuredOutput({ type: "object", properties: {} }).invoke("hello"));
    case "completionWithRetry":
      return void (await chat.completionWithRetry(loose as never));
  }
}

/** An agent whose models, messages and tools come from the body. */
async function runHostileAgent(body: HostileCall["body"], layer: ModelLayer): Promise<void> {
  const loose = body as unknown as Record<string, never>;
  const parameters = { type: "object", ...Object(body.provider), plugins: body.plugins };
  const tools = ["web_search", ...(body.preset ? ["openrouter:web_search"] : [])].map((name) => ({
    name,
    description: "hello",
    parameters,
    call: async () => body,
  }));
  const ids = [body.model, ...(Array.isArray(body.models) ? body.models : [])];
  await runAgent(
    {
      system: null,
      messages: loose["messages"] ?? [],
      tools: body.tools ? tools : [],
      accept: acceptText,
      maxSteps: 3,
      task: "general",
      models: body.models ? (ids as never) : undefined,
      temperature: 0,
      maxOutputTokens: 100,
      maxRepairs: 1,
      cache: false,
    },
    { layer, call: { meter: generous() } },
  );
}

it(`lets none of ${REQUESTS} hostile requests reach a priced model, by whatever way it is made`, async () => {
  await using simulator = await startSimulator({ limits: { perMinute: 1e6, perDay: 1e6 } });
  const known: Catalogue = parseCatalogue({ data: testCatalogue() }, { fetchedAt: 0, source: "server" });
  const guarded = guardFetch({
    baseUrl: simulator.url,
    apiKey: "k",
    catalogue: () => known,
    now: Date.now,
    fetch,
    timeouts: defaultTimeouts,
  });
  const doors: Doors = {
    chat: new OpenRouterChat({ baseUrl: simulator.url, fetch: guarded }),
    layer: openRouter({
      apiKey: "k",
      baseUrl: simulator.url,
      rules: { perMinute: 1e6, perDay: 1e6, gapMs: 0 },
    }),
    guarded,
    url: simulator.url,
  };
  /** Calls of each route that got an answer. */
  const answered = new Map<string, number>();
  let models = testCatalogue();

  for (const [n, call] of fc.sample(hostileCall, { numRuns: REQUESTS, seed: 20_261_122 }).entries()) {
    // Else every model has its price after a while, and nothing is left that could be asked.
    if (n % CALLS_PER_PRICE_LIST === 0) {
      models = testCatalogue();
      simulator.setCatalogue(models);
      await doors.layer.ledger.resume();
      await doors.layer.catalogue({ refresh: true });
    }
    if (call.repriced !== null) {
      models = priced(models, call.repriced);
      simulator.setCatalogue(models);
    }
    await send(call, doors).then(
      () => answered.set(call.route, (answered.get(call.route) ?? 0) + 1),
      () => {},
    );
  }

  const asked = simulator.journal.filter(({ path }) => path.endsWith("/chat/completions"));
  expect(asked.length).toBeGreaterThan(REQUESTS / 100);
  expect(answered.get("layer")).toBeGreaterThan(REQUESTS / 100);
  expect(answered.get("agent")).toBeGreaterThan(REQUESTS / 100);
  for (const { body, servedModel, status } of asked) {
    const { model, models: more = [] } = sentBody.parse(body);
    for (const id of [model, ...more]) {
      const entry = known.models.get(id);
      expect(entry && whyNotFree(entry, Date.now()), `asked for ${id}`).toBeNull();
    }
    if (status === 200) expect(servedModel).toMatch(/:free$/);
  }
  const account = await fetch(`${simulator.url}/key`, { headers: { authorization: "Bearer k" } });
  expect(await account.json()).toMatchObject({ data: { usage: 0 } });
}, 120_000);
