import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { type Simulator, startSimulator } from "./simulator.ts";
import { testCatalogue } from "./test-catalogue.ts";

const MODEL = "nvidia/nemotron-3-super-120b-a12b:free";
const NOON = Date.UTC(2026, 10, 22, 12, 0, 30);

const errorBody = z.looseObject({
  error: z.looseObject({
    code: z.number(),
    message: z.string(),
    metadata: z.record(z.string(), z.unknown()).optional(),
    availability: z.record(z.string(), z.unknown()).optional(),
  }),
});

let now = NOON;
let simulator: Simulator;

beforeEach(async () => {
  now = NOON;
  simulator = await startSimulator({ clock: () => now, limits: { perMinute: 3, perDay: 5 } });
});

afterEach(() => simulator.close());

function chat(
  body: Record<string, unknown>,
  headers: Record<string, string> = { authorization: "Bearer k" },
) {
  return fetch(`${simulator.url}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ messages: [{ role: "user", content: "Say hello to the world." }], ...body }),
  });
}

async function refusal(body: Record<string, unknown>, headers?: Record<string, string>) {
  const response = await chat(body, headers);
  const { error } = errorBody.parse(await response.json());
  return { status: response.status, headers: response.headers, ...error };
}

describe("a free model", () => {
  test("answers with usage, zero cost and a generation id that depends on the count alone", async () => {
    const response = await chat({ model: MODEL });
    const body: unknown = await response.json();
    expect(response.status).toBe(200);
    expect(response.headers.get("x-ratelimit-limit")).toBeNull();
    expect(body).toMatchObject({
      id: `gen-${NOON / 1000}-Sim00000000000000001`,
      object: "chat.completion",
      model: "nvidia/nemotron-3-super-120b-a12b-20230311:free",
      provider: "Nvidia",
      choices: [
        { finish_reason: "stop", message: { role: "assistant", content: "Say hello to the world." } },
      ],
      usage: { cost: 0, prompt_tokens: expect.any(Number), completion_tokens: 6 },
    });
    expect(simulator.journal[0]).toMatchObject({
      method: "POST",
      path: "/api/v1/chat/completions",
      status: 200,
      model: MODEL,
      servedModel: MODEL,
      counted: true,
    });
  });

  test("streams with comments, usage in the last chunk, and an end mark", async () => {
    const text = await (await chat({ model: MODEL, stream: true })).text();
    expect(text).toMatch(/^: OPENROUTER PROCESSING\n\n/);
    expect(text).toMatch(/data: \[DONE\]\n\n$/);
    const chunks = chunksOf(text);
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("")).toBe(
      "Say hello to the world.",
    );
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe("stop");
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { cost: 0 } });
  });

  test("is chosen by the free router", async () => {
    await chat({ model: "openrouter/free" });
    expect(simulator.journal[0]?.servedModel).toMatch(/:free$/);
  });
});

describe("checks before any model", () => {
  test.each([
    ["a body without messages", { model: MODEL, messages: [] }, 400, /^Invalid request: messages/],
    ["more than three models", { models: ["a", "b", "c", "d"] }, 400, /3 items or fewer/],
    ["no model at all", {}, 400, /^No models provided/],
    ["an unknown id", { model: "nobody/nothing:free" }, 400, /^nobody\/nothing:free is not a valid model ID/],
  ])("refuse %s", async (_, body, status, message) => {
    const refused = await refusal(body);
    expect(refused.status).toBe(status);
    expect(refused.message).toMatch(message);
  });

  test("too many models come before a missing key, which comes before an unknown id", async () => {
    expect((await refusal({ models: ["a", "b", "c", "d"] }, {})).status).toBe(400);
    expect(await refusal({ model: "nobody/nothing" }, {})).toMatchObject({
      status: 401,
      message: "Missing Authentication header",
    });
  });

  test("a key that is not accepted is refused and not counted", async () => {
    await using strict = await startSimulator({ apiKeys: ["right"] });
    const response = await fetch(`${strict.url}/chat/completions`, {
      method: "POST",
      headers: { authorization: "Bearer wrong" },
      body: JSON.stringify({ model: MODEL, messages: [{ role: "user", content: "x" }] }),
    });
    expect(response.status).toBe(401);
    expect(strict.usedToday()).toBe(0);
  });
});

describe("routing", () => {
  const image = { role: "user", content: [{ type: "image_url", image_url: { url: "data:," } }] };
  const tool = { type: "function", function: { name: "look_up" } };
  const zero = { max_price: { prompt: 0, completion: "0", request: 0 } };
  const CONTENT_SAFETY = "nvidia/nemotron-3.5-content-safety:free";

  test.each([
    ["an image to a text model", { model: MODEL, messages: [image] }, 404, "Filter by Image Support"],
    [
      "a tool to a model without",
      { model: CONTENT_SAFETY, tools: [tool] },
      404,
      "Filter by Tool Compatibility",
    ],
    [
      "a required parameter that is not supported",
      {
        model: "poolside/laguna-xs-2.1:free",
        response_format: { type: "json_schema", json_schema: { schema: {} } },
        provider: { require_parameters: true },
      },
      404,
      "Filter by Parameters",
    ],
    [
      "a priced model under a price limit of zero",
      { model: "qwen/qwen3.8-27b", provider: zero },
      404,
      "Filter by Max Price",
    ],
    [
      "a hidden request price",
      { model: "decoy/per-request:free", provider: zero },
      404,
      "Filter by Max Price",
    ],
    ["a price at some hours", { model: "decoy/night-rate:free", provider: zero }, 404, "Filter by Max Price"],
    [
      "a model for harnesses",
      { model: "thinkingmachines/inkling:free" },
      403,
      "Gate Free Endpoints by Agentic Harness",
    ],
    [
      "a model against the account's privacy",
      { model: "nex-agi/nex-n2.5-mini:free" },
      404,
      "Filter by Data Policy",
    ],
  ])("refuses %s", async (_, body, status, step) => {
    const refused = await refusal(body);
    expect(refused.status).toBe(status);
    expect(refused.metadata?.["failed_routing_step"]).toBe(step);
  });

  test("a priced model without a price limit is a matter of credits, and never of the free quota", async () => {
    expect((await refusal({ model: "qwen/qwen3.8-27b" })).status).toBe(402);
    expect(simulator.usedToday()).toBe(0);
  });

  test("a prompt that does not fit says how much was asked for", async () => {
    const messages = [{ role: "user", content: "word ".repeat(60_000) }];
    const refused = await refusal({ model: "liquid/lfm-2.5-2.6b:free", messages, max_tokens: 100 });
    expect(refused.status).toBe(400);
    expect(refused.message).toMatch(/maximum context length is 65536 tokens.*about 7510\d tokens/);
  });

  test("an expired free variant suggests the paid one", async () => {
    const refused = await refusal({ model: "inclusionai/ling-3.0-tiny:free" });
    expect(refused.status).toBe(404);
    expect(refused.availability).toMatchObject({ fallback_models: ["inclusionai/ling-3.0-tiny"] });
  });

  test("web search costs money even on a free model", async () => {
    const response = await chat({ model: MODEL, plugins: [{ id: "web" }] });
    expect(await response.json()).toMatchObject({ usage: { cost: 0.007 } });
    const disabled = await chat({ model: MODEL, plugins: [{ id: "web", enabled: false }] });
    expect(await disabled.json()).toMatchObject({ usage: { cost: 0 } });
  });

  test("the next model answers when the first cannot, and the last error tells of the earlier ones", async () => {
    simulator.script(MODEL, { kind: "http", status: 503 }, { kind: "http", status: 502 });
    const second = "google/gemma-4-31b-it:free";
    expect((await chat({ model: MODEL, models: [second] })).status).toBe(200);
    expect(simulator.journal[0]?.servedModel).toBe(second);
    simulator.script(second, { kind: "upstream-429", retryAfterSeconds: 4 });
    const refused = await refusal({ models: [MODEL, second] });
    expect(refused.status).toBe(429);
    expect(refused.metadata?.["previous_errors"]).toEqual([
      { code: 502, message: "Provider returned error" },
    ]);
    expect(simulator.usedToday()).toBe(2);
  });
});

describe("account limits", () => {
  test("the minute limit answers 429 with the reset in body and headers", async () => {
    for (let sent = 0; sent < 3; sent++) expect((await chat({ model: MODEL })).status).toBe(200);
    const refused = await refusal({ model: MODEL });
    const reset = String(Date.UTC(2026, 10, 22, 12, 1));
    expect(refused.message).toBe("Rate limit exceeded: free-models-per-min. ");
    expect(refused.metadata).toMatchObject({
      limit_source: "openrouter_free_tier_per_minute",
      headers: { "X-RateLimit-Limit": "3", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset },
    });
    expect(refused.headers.get("x-ratelimit-reset")).toBe(reset);
    now += 30_000;
    expect((await chat({ model: MODEL })).status).toBe(200);
  });

  test("the day limit holds until midnight UTC, and refused requests count on", async () => {
    for (let sent = 0; sent < 5; sent++) {
      await chat({ model: MODEL });
      now += 60_000;
    }
    const refused = await refusal({ model: MODEL });
    expect(refused.message).toMatch(/^Rate limit exceeded: free-models-per-day\. Add 10 credits/);
    expect(refused.metadata).toMatchObject({
      limit_source: "openrouter_free_tier_daily",
      headers: { "X-RateLimit-Reset": String(Date.UTC(2026, 10, 23)) },
    });
    expect(simulator.usedToday()).toBe(6);
    now = Date.UTC(2026, 10, 23);
    expect(simulator.usedToday()).toBe(0);
    expect((await chat({ model: MODEL })).status).toBe(200);
  });

  test("failures count as well, and a limited request leaves the scripted fault in its queue", async () => {
    simulator.script("*", { kind: "http", status: 500 });
    expect((await chat({ model: MODEL })).status).toBe(500);
    expect((await chat({ model: "nobody/nothing:free" })).status).toBe(400);
    expect(simulator.usedToday()).toBe(2);
    await chat({ model: MODEL });
    simulator.script("*", { kind: "empty" });
    expect((await chat({ model: MODEL })).status).toBe(429);
    expect(() => simulator.assertScriptsSpent()).toThrow(/\*: empty/);
  });
});

describe("account and catalogue", () => {
  const get = (path: string) => fetch(`${simulator.url}${path}`, { headers: { authorization: "Bearer k" } });
  const listing = z.object({ data: z.array(z.looseObject({ id: z.string() })), total_count: z.number() });
  const idsOf = async (path: string) =>
    listing.parse(await (await get(path)).json()).data.map(({ id }) => id);

  test("the key tells today's free requests and costs none", async () => {
    await chat({ model: MODEL });
    const body = await (await get("/key")).json();
    expect(body).toMatchObject({
      data: { usage: 0, is_free_tier: true, free_model_daily_requests: { limit: 5, used: 1, remaining: 4 } },
    });
    expect((await fetch(`${simulator.url}/key`)).status).toBe(401);
    expect(simulator.usedToday()).toBe(1);
  });

  test("an older deployment's key has no free counter", async () => {
    await using older = await startSimulator({ keyUsage: { reportsFreeRequests: false, usage: 1.5 } });
    const body = await (await fetch(`${older.url}/key`, { headers: { authorization: "Bearer k" } })).json();
    expect(body).toMatchObject({ data: { usage: 1.5 } });
    expect(JSON.stringify(body)).not.toContain("free_model_daily_requests");
  });

  test("the listing holds free models and decoys, without the simulator's notes", async () => {
    const body = listing.parse(await (await get("/models")).json());
    const givesText = testCatalogue().filter(({ architecture }) =>
      architecture.output_modalities.includes("text"),
    );
    expect(body.total_count).toBe(givesText.length);
    expect(body.data.some((model) => "simulated" in model)).toBe(false);
    const ids = body.data.map(({ id }) => id);
    expect(ids).toContain("openrouter/auto");
    expect(ids).toContain("qwen/qwen3.8-27b");
  });

  test("filters narrow the listing; a price filter leaves the free router out", async () => {
    const free = await idsOf("/models?max_price=0&supported_parameters=structured_outputs");
    expect(free).toContain(MODEL);
    expect(free).not.toContain("openrouter/free");
    expect(free).not.toContain("qwen/qwen3.8-27b");
  });

  test("the account's own listing leaves out what its settings forbid", async () => {
    expect(await idsOf("/models")).toContain("nex-agi/nex-n2.5-mini:free");
    expect(await idsOf("/models/user")).not.toContain("nex-agi/nex-n2.5-mini:free");
    expect((await fetch(`${simulator.url}/models/user`)).status).toBe(401);
  });

  test("a new catalogue takes effect at once", async () => {
    simulator.setCatalogue(testCatalogue().filter(({ id }) => id !== MODEL));
    expect(await idsOf("/models")).not.toContain(MODEL);
    expect((await refusal({ model: MODEL })).status).toBe(400);
  });
});

describe("the simulator itself", () => {
  test("answers an unknown route loudly and journals it as unknown", async () => {
    const response = await fetch(`${simulator.url}/rerank`, { method: "POST", body: "{}" });
    expect(response.status).toBe(404);
    expect(await response.text()).toContain("no route POST /api/v1/rerank");
    expect(simulator.journal).toMatchObject([{ path: "/api/v1/rerank", status: 404, known: false }]);
  });

  test("takes scripts from other processes and shows them its journal", async () => {
    const scripted = await fetch(`${simulator.controlUrl}/script`, {
      method: "POST",
      body: JSON.stringify({ target: "*", faults: [{ kind: "http", status: 529 }] }),
    });
    expect(scripted.status).toBe(200);
    expect((await chat({ model: MODEL })).status).toBe(529);
    const journal: unknown = await (await fetch(`${simulator.controlUrl}/journal`)).json();
    expect(journal).toMatchObject({ data: [{ status: 529, fault: "http" }] });
    const health: unknown = await (await fetch(`${simulator.controlUrl}/health`)).json();
    expect(health).toEqual({ ok: true, requests: 1, usedToday: 1 });
  });

  test("refuses a malformed script", async () => {
    const body = JSON.stringify({ target: "*", faults: [{ kind: "http", status: 418 }] });
    const response = await fetch(`${simulator.controlUrl}/script`, { method: "POST", body });
    expect(response.status).toBe(400);
  });

  test("keeps bodies in the journal unless told not to", async () => {
    await chat({ model: MODEL });
    expect(simulator.journal[0]?.body).toMatchObject({ model: MODEL });
    await using lean = await startSimulator({ keepBodies: false });
    await fetch(`${lean.url}/models`, { method: "POST", body: "{}" });
    expect(lean.journal[0]).not.toHaveProperty("body");
  });

  test("closes twice without complaint and rejects a taken port", async () => {
    const port = Number(new URL(simulator.url).port);
    await expect(startSimulator({ port })).rejects.toThrow(/EADDRINUSE/);
    await simulator.close();
    await simulator.close();
    await expect(fetch(`${simulator.url}/models`)).rejects.toThrow();
  });
});

const chunk = z.looseObject({
  choices: z.array(
    z.looseObject({
      delta: z.looseObject({ content: z.string().optional() }),
      finish_reason: z.string().nullable(),
    }),
  ),
});

function chunksOf(stream: string) {
  return stream
    .split("\n\n")
    .filter((line) => line.startsWith("data: {"))
    .map((line) => chunk.parse(JSON.parse(line.slice("data: ".length))));
}
