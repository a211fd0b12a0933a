import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { chat, MODEL } from "../test/chat-client.ts";
import { type Simulator, startSimulator } from "./simulator.ts";

const SECOND = "google/gemma-4-31b-it:free";
const NO_TOOLS = "nvidia/nemotron-3.5-content-safety:free";
const TOOL = { type: "function", function: { name: "look_up" } };

let simulator: Simulator;

beforeEach(async () => {
  simulator = await startSimulator();
});

afterEach(() => simulator.close());

async function told(body: Record<string, unknown>, header = "x-openrouter-metadata") {
  return chat(simulator, body, { headers: { authorization: "Bearer k", [header]: "enabled" } });
}

describe("openrouter_metadata", () => {
  test("comes only to those who ask for it, by the older name too", async () => {
    expect(await (await chat(simulator)).json()).not.toHaveProperty("openrouter_metadata");
    const body = await (await told({}, "x-openrouter-experimental-metadata")).json();
    expect(body).toHaveProperty("openrouter_metadata.requested", MODEL);
  });

  test("tells of every model that was tried, and which one answered", async () => {
    simulator.script(MODEL, { kind: "http", status: 503 });
    const body = await (await told({ models: [MODEL, SECOND] })).json();
    expect(body).toMatchObject({
      openrouter_metadata: {
        requested: MODEL,
        strategy: "fallback",
        attempt: 2,
        is_byok: false,
        endpoints: {
          total: 2,
          available: [
            { model: MODEL, provider: "Nvidia", selected: false },
            { model: SECOND, provider: "Google AI Studio", selected: true },
          ],
        },
        attempts: [
          { model: MODEL, provider: "Nvidia", status: 503 },
          { model: SECOND, provider: "Google AI Studio", status: 200 },
        ],
      },
    });
  });

  test("names the model that the free router picked", async () => {
    const body = await (await told({ model: "openrouter/free" })).json();
    const { servedModel } = simulator.journal[0] ?? {};
    expect(body).toMatchObject({
      openrouter_metadata: {
        strategy: "free",
        endpoints: { available: [{ model: servedModel, selected: true }] },
      },
    });
  });

  test("stands beside an error, with attempt 0 when no provider was asked", async () => {
    const routed = await (await told({ model: NO_TOOLS, tools: [TOOL] })).json();
    expect(routed).toMatchObject({ error: { code: 404 }, openrouter_metadata: { attempt: 0, attempts: [] } });
    const unknown = await (await told({ model: "nobody/nothing:free" })).json();
    expect(unknown).toMatchObject({ error: { code: 400 }, openrouter_metadata: { attempt: 0 } });
    simulator.script(MODEL, { kind: "upstream-429" });
    const busy = await (await told({})).json();
    expect(busy).toMatchObject({ openrouter_metadata: { attempt: 1, attempts: [{ status: 429 }] } });
  });

  test("never stands beside a 500", async () => {
    simulator.script(MODEL, { kind: "http", status: 500 });
    expect(await (await told({})).json()).not.toHaveProperty("openrouter_metadata");
  });

  test("comes in the last chunk of a stream, also when that is an error", async () => {
    const whole = (await (await told({ stream: true })).text()).split("\n\n");
    expect(whole.map((line) => line.includes("openrouter_metadata")).lastIndexOf(true)).toBe(
      whole.length - 3,
    );
    expect(whole.filter((line) => line.includes("openrouter_metadata"))).toHaveLength(1);
    simulator.script(MODEL, { kind: "sse-error" });
    const broken = (await (await told({ stream: true })).text()).split("\n\n");
    expect(broken.at(-2)).toMatch(/"error":\{.*"openrouter_metadata"/);
  });
});

describe("the journal", () => {
  test("keeps key, model, price and outcome of every attempt", async () => {
    simulator.script(MODEL, { kind: "upstream-429" });
    await chat(simulator, { models: ["qwen/qwen3.8-27b", MODEL, SECOND] });
    await chat(simulator, {}, { headers: { authorization: "Bearer other" } });
    const [first, second] = simulator.journal;
    const zero = { prompt: "0", completion: "0" };
    expect(first?.attempts).toMatchObject([
      { model: "qwen/qwen3.8-27b", free: false, reachedProvider: false, status: 402 },
      { model: MODEL, free: true, pricing: zero, reachedProvider: true, status: 429 },
      { model: SECOND, free: true, pricing: zero, reachedProvider: true, status: 200 },
    ]);
    expect(first?.key).toMatch(/^[0-9a-f]{12}$/);
    expect(second?.key).not.toBe(first?.key);
  });
});
