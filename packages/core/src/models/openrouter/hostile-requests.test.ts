import { type CatalogueModel, startSimulator, testCatalogue } from "@sluice/simulator";
import fc from "fast-check";
import { expect, it } from "vitest";
import { type Catalogue, parseCatalogue } from "../catalogue.ts";
import { whyNotFree } from "../free-only.ts";
import { defaultTimeouts, guardFetch } from "./guard-fetch.ts";
import { OpenRouterChat } from "./openrouter-chat.ts";

const REQUESTS = 10_000;
const FREE = "google/gemma-4-31b-it:free";
const ids = [
  ...testCatalogue().map(({ id }) => id),
  "openai/gpt-5",
  "openrouter/auto",
  `${FREE}:online`,
  "x/y:free",
  "",
];

const anyId = fc.constantFrom(...ids);
/** Mostly absent, so that many a request is nearly innocent. */
const seldom = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { freq: 4, nil: undefined });

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

/** Ways by which a body reaches the network through LangChain. */
const routes = [
  "options.body",
  "modelKwargs",
  "bindTools",
  "structured",
  "completionWithRetry",
  "fetch",
] as const;

const hostileCall = fc.record({
  route: fc.constantFrom(...routes),
  body: hostileBody,
  /** A model of the catalogue that gets a price on the server at this moment, unseen by us. */
  repriced: fc.option(anyId, { freq: 20, nil: null }),
});

type HostileCall = typeof hostileCall extends fc.Arbitrary<infer T> ? T : never;

function priced(models: CatalogueModel[], id: string): CatalogueModel[] {
  return models.map((model) =>
    model.id === id ? { ...model, pricing: { prompt: "0.01", completion: "0.01" } } : model,
  );
}

async function send(
  call: HostileCall,
  chat: OpenRouterChat,
  guarded: typeof fetch,
  url: string,
): Promise<void> {
  const { body } = call;
  // What the types forbid is the point here.
  const loose = body as unknown as Record<string, never>;
  chat.modelKwargs = {};
  chat.model = typeof body.model === "string" ? body.model : FREE;
  switch (call.route) {
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
    case "fetch":
      return void (await guarded(`${url}/chat/completions`, { method: "POST", body: JSON.stringify(body) }));
  }
}

it(`lets none of ${REQUESTS} hostile requests reach a priced model, by whatever way it is made`, async () => {
  await using simulator = await startSimulator({ limits: { perMinute: 1e6, perDay: 1e6 } });
  const known: Catalogue = parseCatalogue({ data: testCatalogue() }, { fetchedAt: 0, source: "server" });
  const guarded = guardFetch({
    baseUrl: simulator.url,
    catalogue: () => known,
    now: Date.now,
    fetch,
    timeouts: defaultTimeouts,
  });
  const chat = new OpenRouterChat({ apiKey: "k", baseUrl: simulator.url, fetch: guarded });
  let models = testCatalogue();

  for (const call of fc.sample(hostileCall, { numRuns: REQUESTS, seed: 20_261_122 })) {
    if (call.repriced !== null) {
      models = priced(models, call.repriced);
      simulator.setCatalogue(models);
    }
    await send(call, chat, guarded, simulator.url).catch(() => {});
  }

  const asked = simulator.journal.filter(({ path }) => path.endsWith("/chat/completions"));
  expect(asked.length).toBeGreaterThan(REQUESTS / 100);
  for (const { model = "", models: more = [], servedModel, status } of asked) {
    for (const id of [model, ...more]) {
      const entry = known.models.get(id);
      expect(entry && whyNotFree(entry, Date.now()), `asked for ${id}`).toBeNull();
    }
    if (status === 200) expect(servedModel).toMatch(/:free$/);
  }
  const account = await fetch(`${simulator.url}/key`, { headers: { authorization: "Bearer k" } });
  expect(await account.json()).toMatchObject({ data: { usage: 0 } });
}, 120_000);
