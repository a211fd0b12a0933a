import { describe, expect, test } from "vitest";
import { chat, get, MODEL, read, refusal, statuses, toldByKey } from "../test/chat-client.ts";
import { type Simulator, startSimulator } from "./simulator.ts";
import { testCatalogue } from "./test-catalogue.ts";

const NOON = Date.UTC(2026, 10, 22, 12);
const SECOND_MODEL = "google/gemma-4-31b-it:free";
const STEALTH = "stealth/space-bunny-alpha";
const PAID = "qwen/qwen3.8-27b";

/** A clock that stands until it is set. */
function clockAt(start: number) {
  const hand = { now: start };
  return { hand, clock: () => hand.now };
}

function withCaps(caps: { perMinute?: number; perDay?: number }) {
  return testCatalogue().map((model) =>
    model.id === MODEL ? { ...model, simulated: { ...model.simulated, ...caps } } : model,
  );
}

describe("the minute", () => {
  test("slides when told so: what was sent in the last sixty seconds counts", async () => {
    const { hand, clock } = clockAt(NOON + 50_000);
    await using simulator = await startSimulator({ clock, windowKind: "sliding", limits: { perMinute: 2 } });
    expect(await statuses(simulator, 2)).toEqual([200, 200]);
    hand.now = NOON + 65_000;
    const refused = await refusal(simulator);
    expect(refused.status).toBe(429);
    // The refused request has been counted: one of the first two and itself still stand at this time.
    expect(refused.metadata["headers"]).toMatchObject({ "X-RateLimit-Reset": String(NOON + 110_000) });
    hand.now = NOON + 110_000;
    expect((await chat(simulator)).status).toBe(200);
  });

  test("lets refused requests go uncounted when told so", async () => {
    await using simulator = await startSimulator({ countRejected: false, limits: { perDay: 2 } });
    expect(await statuses(simulator, 4)).toEqual([200, 200, 429, 429]);
    expect(simulator.usedToday()).toBe(2);
    expect(simulator.journal.map(({ counted }) => counted)).toEqual([true, true, false, false]);
  });
});

describe("a models array", () => {
  const models = { models: [MODEL, SECOND_MODEL] };

  async function usedBy(countMode: "request" | "attempt") {
    await using simulator = await startSimulator({ countMode });
    simulator.script(MODEL, { kind: "http", status: 503 });
    expect((await chat(simulator, models)).status).toBe(200);
    expect(simulator.journal[0]?.charges).toBe(simulator.usedToday());
    await chat(simulator, models);
    return simulator.usedToday();
  }

  test("counts once, or once for each model that is tried", async () => {
    expect(await usedBy("request")).toBe(2);
    expect(await usedBy("attempt")).toBe(3);
  });

  test("meets the limit at the attempt that passes it", async () => {
    await using simulator = await startSimulator({ countMode: "attempt", limits: { perDay: 1 } });
    simulator.script(MODEL, { kind: "http", status: 503 });
    const refused = await refusal(simulator, models);
    expect(refused.metadata).toMatchObject({
      limit_source: "openrouter_free_tier_daily",
      previous_errors: [{ code: 503 }],
    });
  });
});

describe("another program on the account", () => {
  test("spends requests without a trace in the journal", async () => {
    await using simulator = await startSimulator({ limits: { perMinute: 4, perDay: 9 } });
    simulator.otherUsage(3);
    expect(await statuses(simulator, 2)).toEqual([200, 429]);
    expect(simulator.usedToday()).toBe(5);
    expect(simulator.journal).toHaveLength(2);
  });

  test("can be played by another process, as can the passing of time", async () => {
    const { clock } = clockAt(NOON);
    await using simulator = await startSimulator({ clock, limits: { perDay: 2 } });
    const control = (name: string, body: object) =>
      fetch(`${simulator.controlUrl}/${name}`, { method: "POST", body: JSON.stringify(body) });
    expect(await (await control("usage", { requests: 2 })).json()).toEqual({ usedToday: 2 });
    expect((await chat(simulator)).status).toBe(429);
    expect(await (await control("clock", { advanceMs: 43_200_000 })).json()).toEqual({
      now: NOON + 43_200_000,
    });
    expect((await chat(simulator)).status).toBe(200);
    expect((await control("usage", { requests: -1 })).status).toBe(400);
    expect((await control("clock", { advanceMs: "1" })).status).toBe(400);
  });
});

describe("the key", () => {
  test("tells what was true one lag ago", async () => {
    const { hand, clock } = clockAt(NOON);
    await using simulator = await startSimulator({ clock, keyLagMs: 60_000 });
    await chat(simulator);
    expect(await toldByKey(simulator)).toBe(0);
    hand.now += 30_000;
    await chat(simulator);
    hand.now += 30_000;
    expect(await toldByKey(simulator)).toBe(1);
    hand.now += 30_000;
    expect(await toldByKey(simulator)).toBe(2);
    expect(simulator.usedToday()).toBe(2);
  });

  test("still tells of yesterday for one lag after midnight", async () => {
    const { hand, clock } = clockAt(Date.UTC(2026, 10, 22, 23, 55));
    await using simulator = await startSimulator({ clock, keyLagMs: 60_000 });
    await chat(simulator);
    hand.now = Date.UTC(2026, 10, 23, 0, 0, 30);
    expect(await toldByKey(simulator)).toBe(1);
    hand.now = Date.UTC(2026, 10, 23, 0, 1);
    expect(await toldByKey(simulator)).toBe(0);
  });
});

describe("caps of one model", () => {
  test("of the minute refuse with the words of the shared capacity, and the next model answers", async () => {
    const { hand, clock } = clockAt(NOON + 1_000);
    await using simulator = await startSimulator({ clock, catalogue: withCaps({ perMinute: 2 }) });
    expect(await statuses(simulator, 2)).toEqual([200, 200]);
    const refused = await refusal(simulator);
    expect(refused.status).toBe(429);
    expect(refused.error.message).toBe(
      `Rate limit exceeded: limit_rpm/nvidia/nemotron-3-super-120b-a12b-20230311/simulated. High demand for ${MODEL} on OpenRouter - limited to 2 requests per minute. Please retry shortly.`,
    );
    expect(refused.metadata).toMatchObject({
      limit_source: "openrouter_shared_capacity",
      headers: { "X-RateLimit-Limit": "2", "X-RateLimit-Reset": String(NOON + 60_000) },
    });
    expect((await chat(simulator, { models: [MODEL, SECOND_MODEL] })).status).toBe(200);
    hand.now = NOON + 60_000;
    expect((await chat(simulator)).status).toBe(200);
  });

  test("of the day last until midnight UTC", async () => {
    const { hand, clock } = clockAt(NOON);
    await using simulator = await startSimulator({ clock, catalogue: withCaps({ perDay: 1 }) });
    await chat(simulator);
    const refused = await refusal(simulator);
    expect(refused.error.message).toMatch(
      /^Rate limit exceeded: limit_rpd\/.*\. Daily limit reached for .*:free via Nvidia\. Credits don't affect this cap\.$/,
    );
    expect((await chat(simulator, { model: SECOND_MODEL })).status).toBe(200);
    hand.now = Date.UTC(2026, 10, 23);
    expect((await chat(simulator)).status).toBe(200);
  });
});

describe("stealth models", () => {
  test("have a day of their own, which is nobody else's", async () => {
    await using simulator = await startSimulator({ limits: { perDay: 1, stealthPerDay: 2 } });
    expect(await statuses(simulator, 2, { model: STEALTH })).toEqual([200, 200]);
    expect(simulator.usedToday()).toBe(0);
    const refused = await refusal(simulator, { model: STEALTH });
    expect(refused.error.message).toBe("Rate limit exceeded: free-models-per-day-stealth. ");
    expect((await chat(simulator)).status).toBe(200);
    expect((await chat(simulator, { models: [STEALTH, SECOND_MODEL] })).status).toBe(200);
  });
});

describe("money", () => {
  const zero = { provider: { max_price: { prompt: 0, completion: 0 } } };

  test("ten dollars of credits open a thousand requests a day", async () => {
    await using simulator = await startSimulator({ creditsUsd: 10, limits: { perMinute: 9_999 } });
    simulator.otherUsage(1_000);
    const refused = await refusal(simulator);
    expect(refused.error.message).toBe("Rate limit exceeded: free-models-per-day-high-balance. ");
    expect(await read(simulator, "/key")).toMatchObject({ data: { is_free_tier: false } });
  });

  test("credits pay for a priced model, which does not count as a free request", async () => {
    await using simulator = await startSimulator({ creditsUsd: 5 });
    expect((await chat(simulator, { model: PAID })).status).toBe(200);
    expect(simulator.journal[0]).toMatchObject({ servedModel: PAID, charges: 0 });
    const credits = await read(simulator, "/credits");
    expect(credits).toEqual({ data: { total_credits: 5, total_usage: expect.any(Number) } });
    expect(credits).not.toMatchObject({ data: { total_usage: 0 } });
    expect((await chat(simulator, { model: PAID, ...zero })).status).toBe(404);
  });

  test("in debt even free models answer 402", async () => {
    await using simulator = await startSimulator({ creditsUsd: 1, keyUsage: { usage: 1.5 } });
    expect((await refusal(simulator)).status).toBe(402);
    expect(await read(simulator, "/credits")).toEqual({ data: { total_credits: 1, total_usage: 1.5 } });
  });

  test("a charge alone brings no debt on an account that never bought credits", async () => {
    await using simulator = await startSimulator();
    simulator.script(MODEL, { kind: "cost", cost: 0.5 });
    expect(await statuses(simulator, 2)).toEqual([200, 200]);
    expect(await read(simulator, "/credits")).toEqual({ data: { total_credits: 0.5, total_usage: 0.5 } });
    expect((await fetch(`${simulator.url}/credits`)).status).toBe(401);
  });

  test("the account's own web plugin costs, unless a request disables it", async () => {
    await using simulator = await startSimulator({ webPluginByDefault: true });
    expect(await (await chat(simulator)).json()).toMatchObject({ usage: { cost: 0.007 } });
    const disabled = await chat(simulator, { plugins: [{ id: "web", enabled: false }] });
    expect(await disabled.json()).toMatchObject({ usage: { cost: 0 } });
  });

  test("a key whose limit is spent refuses priced models and serves free ones", async () => {
    await using simulator = await startSimulator({ creditsUsd: 5, keyUsage: { limit: 0.001, usage: 0.001 } });
    const refused = await refusal(simulator, { model: PAID });
    expect(refused.status).toBe(403);
    expect(refused.error.message).toMatch(/^Key limit exceeded \(total limit\)/);
    expect(refused.metadata).toMatchObject({ limit_source: "openrouter_key_limit", limit_usd: 0.001 });
    expect((await chat(simulator)).status).toBe(200);
  });

  test("a price changes without a word while the listing still says zero", async () => {
    const { hand, clock } = clockAt(NOON);
    await using simulator = await startSimulator({ clock });
    simulator.setPrice(MODEL, { prompt: "0.000001", completion: "0.000002" }, 60_000);
    expect(await priceOf(simulator)).toBe("0");
    expect((await refusal(simulator, zero)).metadata["failed_routing_step"]).toBe("Filter by Max Price");
    expect((await refusal(simulator)).status).toBe(402);
    hand.now += 60_000;
    expect(await priceOf(simulator)).toBe("0.000001");
    expect(() => simulator.setPrice("nobody/nothing", { prompt: "0", completion: "0" })).toThrow(/no model/);
  });

  async function priceOf(simulator: Simulator) {
    const endpoints = await read(simulator, `/models/${MODEL}/endpoints`);
    const listed = JSON.stringify(await read(simulator, "/models"));
    const [, price] =
      /"pricing":\{"prompt":"([^"]+)"/.exec(listed.slice(listed.indexOf(`"id":"${MODEL}"`))) ?? [];
    expect(endpoints).toMatchObject({ data: { endpoints: [{ pricing: { prompt: price } }] } });
    return price;
  }
});

describe("a generation", () => {
  test("can be looked up ten seconds after it", async () => {
    const { hand, clock } = clockAt(NOON);
    await using simulator = await startSimulator({ clock });
    const id = (await chat(simulator, { stream: true })).headers.get("x-generation-id") ?? "";
    const path = `/generation?id=${id}`;
    hand.now += 9_999;
    expect((await get(simulator, path)).status).toBe(404);
    hand.now += 1;
    expect(await read(simulator, path)).toMatchObject({
      data: {
        id,
        streamed: true,
        total_cost: 0,
        created_at: "2026-11-22T12:00:00.000Z",
        finish_reason: "stop",
      },
    });
    expect((await get(simulator, "/generation")).status).toBe(400);
    expect((await fetch(`${simulator.url}${path}`)).status).toBe(401);
  });
});

describe("the endpoints of a model", () => {
  test("are its own by id, and those of the paid twin too by the dated slug", async () => {
    await using simulator = await startSimulator();
    const ids = async (slug: string) => JSON.stringify(await read(simulator, `/models/${slug}/endpoints`));
    expect(await ids("qwen/qwen3.8-27b:free")).not.toContain('"model_id":"qwen/qwen3.8-27b"');
    const both = await ids("qwen/qwen3.8-27b-20260814");
    expect(both).toContain('"model_id":"qwen/qwen3.8-27b"');
    expect(both).toContain('"model_id":"qwen/qwen3.8-27b:free"');
    expect((await get(simulator, "/models/nobody/nothing/endpoints")).status).toBe(404);
  });
});
