import { describe, expect, test } from "vitest";
import { chat, MODEL, read, refusal } from "../test/chat-client.ts";
import { latencyDraws } from "./settings.ts";
import { type Simulator, startSimulator } from "./simulator.ts";

const SLUG = "nvidia/nemotron-3-super-120b-a12b-20230311";
const FULL = { limits: { perMinute: 0 } };

async function lastChunk(simulator: Simulator): Promise<unknown> {
  const text = await (await chat(simulator, { stream: true })).text();
  const chunks = text.split("\n\n").filter((line) => line.startsWith("data: {"));
  return JSON.parse(chunks.at(-1)?.slice("data: ".length) ?? "null");
}

describe("errors", () => {
  test("carry the limits as HTTP headers or in the body only", async () => {
    await using both = await startSimulator(FULL);
    expect((await refusal(both)).headers.get("x-ratelimit-limit")).toBe("0");
    await using body = await startSimulator({ ...FULL, rateHeadersInHttp: false });
    const refused = await refusal(body);
    expect(refused.headers.get("x-ratelimit-limit")).toBeNull();
    expect(refused.metadata["headers"]).toMatchObject({ "X-RateLimit-Limit": "0" });
  });

  test("keep a Retry-After whatever becomes of the limits' headers", async () => {
    await using simulator = await startSimulator({ rateHeadersInHttp: false });
    simulator.script(MODEL, { kind: "upstream-429", retryAfterSeconds: 3 });
    expect((await refusal(simulator)).headers.get("retry-after")).toBe("3");
  });

  test("name the limiter, unless the deployment is an older one", async () => {
    await using older = await startSimulator({ ...FULL, limitSourcePresent: false });
    const refused = await refusal(older);
    expect(refused.metadata).not.toHaveProperty("limit_source");
    expect(refused.error.message).toBe("Rate limit exceeded: free-models-per-min. ");
  });

  test("come without the availability block when told so", async () => {
    await using simulator = await startSimulator({ availabilityBlock: false });
    simulator.script(MODEL, { kind: "vanished" });
    const refused = await refusal(simulator);
    expect(refused.status).toBe(404);
    expect(refused.error).not.toHaveProperty("availability");
  });

  test("give their code as a string when told so, in streams too", async () => {
    await using simulator = await startSimulator({ errorCodeAsString: true });
    simulator.script(MODEL, { kind: "http", status: 503 }, { kind: "sse-error" });
    expect((await refusal(simulator)).error.code).toBe("503");
    expect(await lastChunk(simulator)).toMatchObject({ error: { code: "503" } });
  });

  test("of the account's limits come before those of routing when told so", async () => {
    const harness = { model: "thinkingmachines/inkling:free" };
    await using after = await startSimulator(FULL);
    expect((await refusal(after, harness)).status).toBe(403);
    await using before = await startSimulator({ ...FULL, limitsBeforeRouting: true });
    expect((await refusal(before, harness)).status).toBe(429);
  });
});

describe("answers", () => {
  test.each([
    ["id", MODEL],
    ["canonical", SLUG],
    ["canonical-free", `${SLUG}:free`],
  ] as const)("name the model by %s", async (servedModelFormat, name) => {
    await using simulator = await startSimulator({ servedModelFormat });
    expect(await (await chat(simulator)).json()).toMatchObject({ model: name });
  });

  test("carry the usage of a stream beside no choice or an idle one", async () => {
    await using none = await startSimulator();
    expect(await lastChunk(none)).toMatchObject({ choices: [], usage: { cost: 0 } });
    await using one = await startSimulator({ usageChunkChoices: "one" });
    expect(await lastChunk(one)).toMatchObject({
      choices: [{ delta: { content: "" }, finish_reason: null }],
      usage: { cost: 0 },
    });
  });

  test("stream without comments when told so", async () => {
    await using simulator = await startSimulator({ sseComments: false });
    simulator.script(MODEL, { kind: "stall", ms: 15 });
    const text = await (await chat(simulator, { stream: true })).text();
    expect(text).toMatch(/^data: /);
    expect(text).not.toContain("PROCESSING");
  });

  test("send their status at once and whitespace while they are awaited, when told so", async () => {
    await using simulator = await startSimulator({ heartbeatWhitespace: true, latencyMs: 40 });
    const text = await (await chat(simulator)).text();
    expect(text).toMatch(/^\n\n+\{/);
    expect(JSON.parse(text)).toMatchObject({ object: "chat.completion" });
    const stream = await (await chat(simulator, { stream: true })).text();
    expect(stream).toMatch(/^(: OPENROUTER PROCESSING\n\n){3,}data: /);
  });

  test("keep their status for errors although whitespace is on", async () => {
    await using simulator = await startSimulator({ heartbeatWhitespace: true, latencyMs: 5 });
    simulator.script(MODEL, { kind: "http", status: 502 });
    expect((await chat(simulator)).status).toBe(502);
  });
});

describe("the price limit", () => {
  test("lets zero pass, or nothing at all when only lower prices do", async () => {
    const zero = { provider: { max_price: { prompt: 0, completion: 0 } } };
    await using atMost = await startSimulator();
    expect((await chat(atMost, zero)).status).toBe(200);
    await using below = await startSimulator({ priceCompare: "below" });
    expect((await refusal(below, zero)).metadata["failed_routing_step"]).toBe("Filter by Max Price");
    expect((await chat(below)).status).toBe(200);
  });
});

describe("latency", () => {
  test("is drawn between its bounds, on top of the fixed part", async () => {
    await using simulator = await startSimulator({
      latencyMs: 10,
      latency: { minMs: 10, maxMs: 20, seed: 3 },
    });
    const started = performance.now();
    expect((await chat(simulator)).status).toBe(200);
    expect(performance.now() - started).toBeGreaterThanOrEqual(19);
  });

  test("is the same in every run with the same seed", () => {
    const draws = (seed: number) => {
      const draw = latencyDraws({ latencyMs: 5, latency: { minMs: 50, maxMs: 500, seed } });
      return Array.from({ length: 50 }, () => draw());
    };
    expect(draws(3)).toEqual(draws(3));
    expect(draws(3)).not.toEqual(draws(4));
    expect(draws(3).every((ms) => ms >= 55 && ms < 505)).toBe(true);
    expect(Math.max(...draws(3)) - Math.min(...draws(3))).toBeGreaterThan(300);
  });

  test("never delays what costs nothing", async () => {
    await using simulator = await startSimulator({ latencyMs: 60_000 });
    expect(await read(simulator, "/key")).toHaveProperty("data");
  });
});
