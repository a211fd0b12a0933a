import {
  ChatResult$inboundSchema,
  ChatStreamChunk$inboundSchema,
  GenerationResponse$inboundSchema,
  ModelsListResponse$inboundSchema,
} from "@openrouter/sdk/models";
import * as sdkErrors from "@openrouter/sdk/models/errors";
import {
  CreateEmbeddingsResponseBody$inboundSchema,
  GetCreditsResponse$inboundSchema,
  GetCurrentKeyResponse$inboundSchema,
  ListEndpointsResponse$inboundSchema,
} from "@openrouter/sdk/models/operations";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { z } from "zod";
import { chat, EMBEDDING_MODEL, embed, get, MODEL, read } from "../test/chat-client.ts";
import { differences } from "../test/schema-differences.ts";
import type { Fault } from "./faults.ts";
import { type Simulator, startSimulator } from "./simulator.ts";

/**
 * The simulator's answers against the response schemas of OpenRouter's own SDK. Where both disagree, the
 * simulator follows what was observed; each such place stands here with its reason, and a place that no
 * longer differs fails.
 */
const DEVIATIONS = {
  listing: {
    "data[].pricing: invalid_type": "one decoy has no price, which a free-only client must refuse",
  },
  olderKey: {
    "data.free_model_daily_requests: invalid_type": "the field is missing on deployments before autumn 2026",
  },
  completion: {
    "choices[].native_finish_reason: unknown field": "documented and always sent; not in the SDK",
    "provider: unknown field": "always sent; not in the SDK",
  },
  toolCall: {
    "choices[].message.tool_calls[].index: unknown field": "observed in answers, not only in streams",
  },
  brokenChoice: {
    "choices[].error: unknown field": "documented for answers that break off; not in the SDK",
  },
  chunk: {
    "choices[].native_finish_reason: unknown field": "documented and always sent; not in the SDK",
    "provider: unknown field": "always sent; not in the SDK",
  },
  bareErrorChunk: {
    "choices: invalid_type": "observed in September 2026: an error chunk with nothing but its id",
    "created: invalid_type": "the same",
    "model: invalid_type": "the same",
    "object: invalid_value": "the same",
  },
  errorIn200: {
    "choices: invalid_type": "observed: HTTP 200 whose body is an error",
    "created: invalid_type": "the same",
    "error: unknown field": "the same",
    "id: invalid_type": "the same",
    "model: invalid_type": "the same",
    "object: invalid_value": "the same",
    "system_fingerprint: invalid_type": "the same",
    "user_id: unknown field": "the same",
  },
  availability: {
    "error.availability: unknown field": "documented and observed since summer 2026; not in the SDK",
  },
} as const;

const ERRORS: Record<number, z.core.$ZodType> = {
  400: sdkErrors.BadRequestResponseError$inboundSchema,
  401: sdkErrors.UnauthorizedResponseError$inboundSchema,
  402: sdkErrors.PaymentRequiredResponseError$inboundSchema,
  403: sdkErrors.ForbiddenResponseError$inboundSchema,
  404: sdkErrors.NotFoundResponseError$inboundSchema,
  408: sdkErrors.RequestTimeoutResponseError$inboundSchema,
  429: sdkErrors.TooManyRequestsResponseError$inboundSchema,
  500: sdkErrors.InternalServerResponseError$inboundSchema,
  502: sdkErrors.BadGatewayResponseError$inboundSchema,
  503: sdkErrors.ServiceUnavailableResponseError$inboundSchema,
  504: sdkErrors.GatewayTimeoutResponseError$inboundSchema,
  524: sdkErrors.EdgeNetworkTimeoutResponseError$inboundSchema,
  529: sdkErrors.ProviderOverloadedResponseError$inboundSchema,
};

const TOOL = {
  type: "function",
  function: { name: "look_up", parameters: { type: "object", properties: { word: { type: "string" } } } },
};

const NOON = Date.UTC(2026, 10, 22, 12);

let now = NOON;
let simulator: Simulator;

beforeEach(async () => {
  now = NOON;
  simulator = await startSimulator({ clock: () => now, limits: { perMinute: 20, perDay: 30 } });
});

afterEach(() => simulator.close());

/** Fails on a difference that is not among the given deviations, and on a deviation that is none any more. */
function expectContract(schema: z.core.$ZodType, value: unknown, ...deviations: Record<string, string>[]) {
  const expected = deviations.flatMap((deviation) => Object.keys(deviation)).sort();
  expect(differences(schema, value)).toEqual(expected);
}

async function answerTo(fault: Fault | null, body: Record<string, unknown> = {}): Promise<unknown> {
  if (fault !== null) simulator.script(MODEL, fault);
  return (await chat(simulator, body)).json();
}

async function chunksOf(fault: Fault | null, body: Record<string, unknown> = {}): Promise<unknown[]> {
  if (fault !== null) simulator.script(MODEL, fault);
  const text = await (await chat(simulator, { stream: true, ...body })).text();
  const lines = text.split("\n\n").filter((line) => line.startsWith("data: {"));
  return lines.map((line) => JSON.parse(line.slice("data: ".length)));
}

/** The SDK wants the exchange itself beside the body of an error. */
async function expectErrorContract(response: Response, ...deviations: Record<string, string>[]) {
  const text = await response.text();
  const schema = ERRORS[response.status];
  if (schema === undefined) throw new Error(`The SDK has no schema for an error ${response.status}.`);
  const body = JSON.parse(text);
  const exchange = { request$: new Request(simulator.url), response$: response, body$: text };
  expectContract(schema, { ...body, ...exchange }, ...deviations);
}

describe("the account and the catalogue", () => {
  test("the listing", async () => {
    expectContract(
      ModelsListResponse$inboundSchema,
      await read(simulator, "/models?output_modalities=all"),
      DEVIATIONS.listing,
    );
  });

  test("the listing of the models for embeddings", async () => {
    expectContract(ModelsListResponse$inboundSchema, await read(simulator, "/embeddings/models"));
  });

  test("the endpoints of a model", async () => {
    const body = await read(simulator, `/models/${MODEL}/endpoints`);
    expectContract(ListEndpointsResponse$inboundSchema, body);
  });

  test("the key, and that of an older deployment", async () => {
    expectContract(GetCurrentKeyResponse$inboundSchema, await read(simulator, "/key"));
    await using older = await startSimulator({ keyUsage: { reportsFreeRequests: false } });
    expectContract(GetCurrentKeyResponse$inboundSchema, await read(older, "/key"), DEVIATIONS.olderKey);
  });

  test("the credits", async () => {
    expectContract(GetCreditsResponse$inboundSchema, await read(simulator, "/credits"));
  });

  test("a generation", async () => {
    const id = (await chat(simulator)).headers.get("x-generation-id") ?? "";
    now += 10_000;
    expectContract(GenerationResponse$inboundSchema, await read(simulator, `/generation?id=${id}`));
  });
});

describe("embeddings", () => {
  test.each<[string, Record<string, unknown>]>([
    ["of one text", {}],
    ["of several, packed", { input: ["one", "two"], encoding_format: "base64" }],
  ])("%s", async (_, body) => {
    const response = await embed(simulator, body);
    expectContract(CreateEmbeddingsResponseBody$inboundSchema, await response.json());
  });

  test("as a generation", async () => {
    const id = (await embed(simulator)).headers.get("x-generation-id") ?? "";
    now += 10_000;
    expectContract(GenerationResponse$inboundSchema, await read(simulator, `/generation?id=${id}`));
  });

  test("refused by their model and of a chat model", async () => {
    simulator.script(EMBEDDING_MODEL, { kind: "upstream-429", retryAfterSeconds: 5 });
    await expectErrorContract(await embed(simulator));
    await expectErrorContract(await embed(simulator, { model: MODEL }), DEVIATIONS.availability);
  });
});

const TOLD = { headers: { authorization: "Bearer k", "x-openrouter-metadata": "enabled" } };

describe("what routing did", () => {
  test("in an answer and in the last chunk of a stream", async () => {
    const body = await (await chat(simulator, {}, TOLD)).json();
    expect(body).toHaveProperty("openrouter_metadata.attempt", 1);
    expectContract(ChatResult$inboundSchema, body, DEVIATIONS.completion);
    const text = await (await chat(simulator, { stream: true }, TOLD)).text();
    const last = JSON.parse(text.split("\n\n").at(-3)?.slice("data: ".length) ?? "null");
    expect(last).toHaveProperty("openrouter_metadata.attempt", 1);
    const { "provider: unknown field": provider } = DEVIATIONS.chunk;
    expectContract(ChatStreamChunk$inboundSchema, last, { "provider: unknown field": provider });
  });

  test("beside an error", async () => {
    simulator.script(MODEL, { kind: "http", status: 502 });
    const response = await chat(simulator, {}, TOLD);
    expect(await response.clone().json()).toHaveProperty("openrouter_metadata.attempts.0.status", 502);
    await expectErrorContract(response);
  });
});

describe("a completion", () => {
  const { completion, toolCall, brokenChoice, errorIn200 } = DEVIATIONS;

  test.each<[string, Fault | null, Record<string, unknown>]>([
    ["a text", null, {}],
    ["a web search", null, { plugins: [{ id: "web" }] }],
    ["an empty answer", { kind: "empty" }, {}],
    ["reasoning alone", { kind: "reasoning-ate-budget" }, {}],
    ["a charge", { kind: "cost", cost: 0.01 }, {}],
  ])("%s", async (_, fault, body) => {
    expectContract(ChatResult$inboundSchema, await answerTo(fault, body), completion);
  });

  test("a tool call", async () => {
    const body = await answerTo(null, { tools: [TOOL], tool_choice: "required" });
    expectContract(ChatResult$inboundSchema, body, completion, toolCall);
  });

  test.each<Fault>([
    { kind: "empty-tool-arguments" },
    { kind: "malformed-tool-arguments" },
    { kind: "unknown-tool" },
    { kind: "endless-tool-calls" },
  ])("a tool call spoiled by $kind", async (fault) => {
    const body = await answerTo(fault, { tools: [TOOL] });
    expectContract(ChatResult$inboundSchema, body, completion, toolCall);
  });

  test("a choice that broke off", async () => {
    const body = await answerTo({ kind: "choice-error" });
    expectContract(ChatResult$inboundSchema, body, completion, brokenChoice);
  });

  test("an error inside HTTP 200", async () => {
    expectContract(ChatResult$inboundSchema, await answerTo({ kind: "error-in-200" }), errorIn200);
  });
});

describe("a stream", () => {
  const { chunk, bareErrorChunk } = DEVIATIONS;
  const { "provider: unknown field": provider } = chunk;
  const withoutChoices = { "provider: unknown field": provider };

  test.each<[string, Record<string, unknown>]>([
    ["a text", {}],
    ["a tool call", { tools: [TOOL], tool_choice: "required" }],
  ])("%s", async (_, body) => {
    const chunks = await chunksOf(null, body);
    for (const part of chunks.slice(0, -1)) expectContract(ChatStreamChunk$inboundSchema, part, chunk);
    expectContract(ChatStreamChunk$inboundSchema, chunks.at(-1), withoutChoices);
  });

  test.each([
    ["one", chunk],
    ["empty", withoutChoices],
    ["absent", bareErrorChunk],
  ] as const)("an error beside %s choices", async (choices, deviations) => {
    const chunks = await chunksOf({ kind: "sse-error", choices });
    expectContract(ChatStreamChunk$inboundSchema, chunks.at(-1), deviations);
  });
});

describe("an error", () => {
  const plain: Fault[] = [
    { kind: "upstream-429", retryAfterSeconds: 5 },
    { kind: "model-cap-429" },
    { kind: "model-day-cap-429" },
    ...([408, 500, 502, 503, 504, 524, 529] as const).map((status): Fault => ({ kind: "http", status })),
    { kind: "invalid-model-400" },
    { kind: "provider-400" },
    { kind: "no-endpoints-404" },
    { kind: "data-policy-404" },
    { kind: "guardrails-404" },
    { kind: "harness-403" },
    { kind: "moderation-403" },
    { kind: "guardrail-403" },
    { kind: "key-limit-403" },
    { kind: "unauthorized-401" },
    { kind: "insufficient-credits-402" },
  ];

  test.each(plain)("$kind $status", async (fault) => {
    simulator.script(MODEL, fault);
    await expectErrorContract(await chat(simulator));
  });

  test.each<Fault>([{ kind: "vanished" }, { kind: "capacity-429" }])("$kind", async (fault) => {
    simulator.script(MODEL, fault);
    await expectErrorContract(await chat(simulator), DEVIATIONS.availability);
  });

  test("of the account's minute and day", async () => {
    simulator.otherUsage(20);
    await expectErrorContract(await chat(simulator));
    now += 60_000;
    simulator.otherUsage(10);
    await expectErrorContract(await chat(simulator));
  });

  test("of a request that is wrong, of the key, and of a lookup", async () => {
    await expectErrorContract(await chat(simulator, { messages: [] }));
    await expectErrorContract(await fetch(`${simulator.url}/key`));
    await expectErrorContract(await get(simulator, "/generation?id=gen-0"));
  });
});
