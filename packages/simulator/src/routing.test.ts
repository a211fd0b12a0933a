import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { chat, MODEL, refusal } from "../test/chat-client.ts";
import { type Simulator, startSimulator } from "./simulator.ts";

const PAID = "qwen/qwen3.8-27b";

let simulator: Simulator;

beforeEach(async () => {
  simulator = await startSimulator({ creditsUsd: 5, limits: { perMinute: 100 } });
});

afterEach(() => simulator.close());

function limited(model: string, limit: Record<string, number | string | null>) {
  return chat(simulator, { model, provider: { max_price: limit } });
}

describe("provider.max_price", () => {
  test.each([
    ["at the price", { prompt: 0.3, completion: 1.2 }, 200],
    ["as strings", { prompt: "0.3", completion: "1.2" }, 200],
    ["above the price", { prompt: 1, completion: 2 }, 200],
    ["of the prompt alone", { prompt: 0.3 }, 200],
    ["that is null", { prompt: null, completion: null }, 200],
    ["below the price of the prompt", { prompt: 0.29, completion: 2 }, 404],
    ["below the price of the completion", { prompt: 1, completion: 1.19 }, 404],
    ["of zero for the completion alone", { completion: 0 }, 404],
    ["that is no number", { prompt: "cheap" }, 404],
  ])("%s, in USD per million tokens", async (_, limit, status) => {
    expect((await limited(PAID, limit)).status).toBe(status);
  });

  test("limits the price of a request only when it names it", async () => {
    const perRequest = "decoy/per-request:free";
    expect((await limited(perRequest, { prompt: 0, completion: 0, request: 0.01 })).status).toBe(404);
    expect((await limited(perRequest, { prompt: 0, completion: 0, request: 0.02 })).status).toBe(200);
    expect((await limited(perRequest, { prompt: 0, completion: 0 })).status).toBe(200);
  });

  test("does not stop a model that lists zeros and bills by the image", async () => {
    const response = await limited("bytedance-seed/seedream-5-0-lite", {
      prompt: 0,
      completion: 0,
      request: 0,
      image: 0,
    });
    expect(await response.json()).toMatchObject({ usage: { cost: 0.04 } });
  });

  test.each(["openrouter/auto", "decoy/unpriced:free", "decoy/night-rate:free"])(
    "takes the price of %s for too high when it is zero",
    async (model) => {
      expect((await limited(model, { prompt: 0, completion: 0 })).status).toBe(404);
    },
  );

  test("must lie above the price when only lower prices pass", async () => {
    await using below = await startSimulator({ creditsUsd: 5, priceCompare: "below" });
    const ask = (prompt: number) => chat(below, { model: PAID, provider: { max_price: { prompt } } });
    expect((await ask(0.3)).status).toBe(404);
    expect((await ask(0.31)).status).toBe(200);
  });
});

describe("provider preferences", () => {
  test.each([
    ["only another", { only: ["Cerebras"] }, 404],
    ["only its own, by slug", { only: ["cerebras", "nvidia"] }, 200],
    ["its own ignored", { ignore: ["Nvidia"] }, 404],
    ["another first, without fallbacks", { order: ["cerebras"], allow_fallbacks: false }, 404],
    ["another first", { order: ["cerebras"] }, 200],
    ["none", { only: null, ignore: null, order: null }, 200],
  ])("with %s", async (_, provider, status) => {
    const response = await chat(simulator, { provider });
    expect(response.status).toBe(status);
    if (status === 404) expect(await response.text()).toContain("Filter by Allowed Providers");
  });

  test("tell which providers there are and which were permitted", async () => {
    const { error } = await refusal(simulator, { provider: { only: ["Cerebras"] } });
    expect(error.message).toBe(
      `No allowed providers are available for the selected model. Providers serving ${MODEL}: Nvidia, but your request's provider.only preference permits only: Cerebras.`,
    );
  });
});

describe("provider.require_parameters", () => {
  const required = { provider: { require_parameters: true } };

  test("refuses a model for any parameter it does not list", async () => {
    expect((await chat(simulator, { ...required, temperature: 0, seed: 1 })).status).toBe(200);
    const refused = await refusal(simulator, { ...required, top_k: 4 });
    expect(refused.metadata["failed_routing_step"]).toBe("Filter by Parameters");
  });

  test("is off by default: a parameter nobody knows is dropped", async () => {
    expect((await chat(simulator, { top_k: 4, stop: ["x"] })).status).toBe(200);
  });
});

describe("a disabled key", () => {
  test("is refused from then on, and counts nothing", async () => {
    expect((await chat(simulator)).status).toBe(200);
    simulator.disableKey("k");
    expect((await refusal(simulator)).error.message).toBe("User not found.");
    expect(simulator.usedToday()).toBe(1);
    expect((await chat(simulator, {}, { headers: { authorization: "Bearer another" } })).status).toBe(200);
  });
});
