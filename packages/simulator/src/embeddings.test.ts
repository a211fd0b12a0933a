import { describe, expect, test } from "vitest";
import { z } from "zod";
import { chat, EMBEDDING_MODEL, embed, MODEL, read, statuses } from "../test/chat-client.ts";
import type { Fault } from "./faults.ts";
import { type Simulator, startSimulator } from "./simulator.ts";

const answered = z.object({
  id: z.string(),
  object: z.literal("list"),
  model: z.string(),
  data: z.array(
    z.object({
      object: z.literal("embedding"),
      index: z.int(),
      embedding: z.union([z.array(z.number()), z.string()]),
    }),
  ),
  usage: z.object({ prompt_tokens: z.int(), total_tokens: z.int(), cost: z.number() }),
});

async function answer(simulator: Simulator, body: Record<string, unknown> = {}) {
  const response = await embed(simulator, body);
  expect(response.status).toBe(200);
  return answered.parse(await response.json());
}

async function vectors(simulator: Simulator, input: unknown): Promise<number[][]> {
  const { data } = await answer(simulator, { input });
  return data.map(({ embedding }) => z.array(z.number()).parse(embedding));
}

async function refused(simulator: Simulator, body: Record<string, unknown>) {
  const response = await embed(simulator, body);
  return { status: response.status, text: await response.text() };
}

function product(one: readonly number[] = [], other: readonly number[] = []): number {
  return one.reduce((sum, value, place) => sum + value * (other[place] ?? 0), 0);
}

describe("embeddings", () => {
  test("are vectors of length one, alike for texts that share words and the same in every run", async () => {
    await using simulator = await startSimulator();
    const texts = ["The invoice is due in April.", "An invoice that was due in April", "Rivers carry sand."];
    const [invoice, again, river] = await vectors(simulator, texts);
    expect(invoice).toHaveLength(1_024);
    for (const vector of [invoice, again, river]) expect(product(vector, vector)).toBeCloseTo(1, 10);
    expect(product(invoice, again)).toBeGreaterThan(product(invoice, river) + 0.3);
    await using other = await startSimulator();
    expect(await vectors(other, texts[0])).toEqual([invoice]);
  });

  test("cost nothing, count their tokens, and name the model as chats do", async () => {
    await using simulator = await startSimulator();
    const { model, usage } = await answer(simulator, { input: ["four", "characters"] });
    expect(model).toBe(EMBEDDING_MODEL);
    expect(usage).toEqual({ prompt_tokens: 4, total_tokens: 4, cost: 0 });
    expect(simulator.journal[0]).toMatchObject({
      model: EMBEDDING_MODEL,
      servedModel: EMBEDDING_MODEL,
      promptTokens: 4,
      attempts: [{ model: EMBEDDING_MODEL, free: true, reachedProvider: true, status: 200 }],
      counted: true,
    });
  });

  test("come as packed floats when told so, and shorter when told so", async () => {
    await using simulator = await startSimulator();
    const [plain = []] = await vectors(simulator, "A text.");
    const { data } = await answer(simulator, { input: "A text.", encoding_format: "base64" });
    const bytes = Buffer.from(z.string().parse(data[0]?.embedding), "base64");
    expect(bytes).toHaveLength(4 * plain.length);
    for (const place of plain.keys()) {
      expect(bytes.readFloatLE(place * 4)).toBeCloseTo(plain[place] ?? Number.NaN, 6);
    }
    const short = await answer(simulator, { dimensions: 64 });
    expect(short.data[0]?.embedding).toHaveLength(64);
  });

  test.each([
    ["a text", "Hello.", 1],
    ["texts", ["one", "two", "three"], 3],
    ["token ids", [11, 12, 13], 1],
    ["lists of token ids", [[11, 12], [13]], 2],
    ["content parts", [{ content: [{ type: "text", text: "one" }] }], 1],
  ])("take %s", async (_, input, count) => {
    await using simulator = await startSimulator();
    expect((await answer(simulator, { input })).data.map(({ index }) => index)).toEqual([
      ...Array(count).keys(),
    ]);
  });

  test.each([
    ["no input", { input: [] }, 400, /Invalid request: input/],
    ["an empty text", { input: "" }, 400, /Invalid request: input/],
    ["an unknown model", { model: "nobody/nothing:free" }, 400, /not a valid model ID/],
    ["a chat model", { model: MODEL }, 400, /wrong_endpoint/],
    ["a text longer than the context", { input: ["a", "word ".repeat(500)] }, 400, /context length is 512/],
    [
      "an image to a text model",
      { input: [{ content: [{ type: "image_url", image_url: { url: "data:," } }] }] },
      404,
      /Filter by Image Support/,
    ],
    [
      "a provider that does not serve it",
      { provider: { only: ["openai"] } },
      404,
      /Filter by Allowed Providers/,
    ],
  ])("are refused for %s", async (_, body, status, text) => {
    await using simulator = await startSimulator();
    const refusal = await refused(simulator, body);
    expect(refusal.status).toBe(status);
    expect(refusal.text).toMatch(text);
  });

  test("need an accepted key", async () => {
    await using simulator = await startSimulator({ apiKeys: ["right"] });
    expect((await embed(simulator)).status).toBe(401);
    expect(simulator.usedToday()).toBe(0);
  });

  test("are not what a chat can ask for", async () => {
    await using simulator = await startSimulator();
    const response = await chat(simulator, { model: EMBEDDING_MODEL });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("wrong_endpoint");
  });

  test("have models that only their own listing shows", async () => {
    await using simulator = await startSimulator();
    const show = async (path: string) => JSON.stringify(await read(simulator, path));
    expect(await show("/embeddings/models")).toContain(EMBEDDING_MODEL);
    expect(await show("/embeddings/models")).not.toContain(MODEL);
    expect(await show("/models")).not.toContain(EMBEDDING_MODEL);
    expect(await show("/models?output_modalities=all")).toContain(EMBEDDING_MODEL);
  });

  test("are never what the free router picks", async () => {
    await using simulator = await startSimulator({ limits: { perMinute: 100, perDay: 100 } });
    for (let asked = 0; asked < 40; asked++) await chat(simulator, { model: "openrouter/free" });
    expect(simulator.journal.filter(({ servedModel }) => servedModel?.includes("embed"))).toEqual([]);
  });
});

describe("the quota", () => {
  test("is shared by chats and embeddings", async () => {
    await using simulator = await startSimulator({ limits: { perDay: 2 } });
    expect([(await embed(simulator)).status, ...(await statuses(simulator, 2))]).toEqual([200, 200, 429]);
    expect((await refused(simulator, {})).text).toContain("openrouter_free_tier_daily");
    expect(simulator.usedToday()).toBe(4);
  });

  test("is apart for embeddings when told so, under the same limits", async () => {
    await using simulator = await startSimulator({ embeddingsShareBucket: false, limits: { perDay: 2 } });
    expect(await statuses(simulator, 3)).toEqual([200, 200, 429]);
    const embedded = [await embed(simulator), await embed(simulator), await embed(simulator)];
    expect(embedded.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(simulator.usedToday()).toBe(3);
  });
});

describe("faults", () => {
  async function play(fault: Fault) {
    await using simulator = await startSimulator();
    simulator.script(EMBEDDING_MODEL, fault);
    const response = await embed(simulator);
    simulator.assertScriptsSpent();
    expect(simulator.journal[0]?.fault).toBe(fault.kind);
    return { status: response.status, text: await response.text() };
  }

  test.each<[Fault, number, RegExp]>([
    [{ kind: "upstream-429" }, 429, /upstream_provider_shared_pool/],
    [{ kind: "http", status: 503 }, 503, /provider_overloaded/],
    [{ kind: "html-502" }, 502, /^<html>/],
    [{ kind: "vanished" }, 404, /unavailable for free/],
    [{ kind: "error-in-200" }, 200, /"code":502/],
    [{ kind: "empty" }, 200, /"data":\[\]/],
    [{ kind: "cost", cost: 0.01 }, 200, /"cost":0.01/],
    [{ kind: "other-model", model: "acme/gold" }, 200, /"model":"acme\/gold"/],
    [{ kind: "price", pricing: { prompt: "0.001", completion: "0" } }, 402, /Insufficient credits/],
  ])("of %o are played", async (fault, status, text) => {
    const played = await play(fault);
    expect(played.status).toBe(status);
    expect(played.text).toMatch(text);
  });

  test("of the connection leave no answer", async () => {
    await using simulator = await startSimulator();
    simulator.script(EMBEDDING_MODEL, { kind: "reset" });
    await expect(embed(simulator)).rejects.toThrow();
  });
});
