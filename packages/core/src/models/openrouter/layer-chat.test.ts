import { getEventListeners } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { awaitAllCallbacks } from "@langchain/core/callbacks/promises";
import { type Fault, type Simulator, startSimulator } from "@sluice/simulator";
import fc from "fast-check";
import { createAgent, createMiddleware, tool } from "langchain";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { SluiceError } from "../../errors/sluice-error.ts";
import { RequestMeter } from "../request-meter.ts";
import { startScriptedServer } from "../scripted-server.fixture.ts";
import { type ChatModelOptions, chatModel } from "./chat-model.ts";
import { readChatParams } from "./chat-params.ts";
import type { LayerChat } from "./layer-chat.ts";
import { unwrapLayerError } from "./layer-error.ts";
import { type OpenRouter, openRouter } from "./openrouter.ts";

const TEXT = "ACME GmbH. Total: 120.50 EUR. Payable by 3 March 2027.";
const schema = z.object({ vendor: z.string(), total: z.number() });

interface Asked {
  simulator: Simulator;
  models: OpenRouter;
  chat: LayerChat;
  /** Models of the chat completions that reached the server. */
  sent(): string[];
}

async function withChat(
  faults: Fault[],
  body: (asked: Asked) => Promise<void>,
  options: ChatModelOptions = {},
): Promise<void> {
  await using simulator = await startSimulator({ limits: { perMinute: 1_000, perDay: 1_000 } });
  simulator.script("*", ...faults);
  const models = openRouter({ apiKey: "k", baseUrl: simulator.url });
  const chat = chatModel(models, { task: "general", meter: new RequestMeter({ budget: 500 }), ...options });
  const sent = () =>
    simulator.journal.filter(({ path }) => path.endsWith("/chat/completions")).map(({ model = "" }) => model);
  await body({ simulator, models, chat, sent });
}

const usage = z.object({ input_tokens: z.number(), output_tokens: z.number(), total_tokens: z.number() });
const tokensOf = (message: { usage_metadata?: unknown }) => usage.parse(message.usage_metadata);

const weather = tool(async () => "It is raining.", {
  name: "get_weather",
  description: "Tells the weather of a city",
  schema: z.object({ city: z.string() }),
});

describe("the model layer with LangChain's face", () => {
  it("asks once for an invoke, and not at all for the same again, whose message is a new one", () =>
    withChat([], async ({ chat, sent, models }) => {
      const first = await chat.invoke(TEXT);
      const second = await chat.invoke(TEXT);
      expect(second.text).toBe(first.text);
      expect(second.id).not.toBe(first.id);
      expect(sent()).toHaveLength(1);
      expect((await models.ledger.status()).usedToday).toBe(1);
    }));

  it("tells the model that answered and what it took", () =>
    withChat([], async ({ chat, sent }) => {
      const message = await chat.invoke(TEXT);
      expect(message.response_metadata).toMatchObject({ model_name: sent()[0], finish_reason: "stop" });
      const { input_tokens: prompt, output_tokens: answer, total_tokens: all } = tokensOf(message);
      expect([prompt, answer]).toEqual([expect.any(Number), expect.any(Number)]);
      expect(all).toBe(prompt + answer);
      expect(prompt).toBeGreaterThan(0);
    }));

  it("asks the next model when one is busy", () =>
    withChat([{ kind: "upstream-429" }], async ({ chat, sent }) => {
      expect((await chat.invoke(TEXT)).text).not.toBe("");
      expect(new Set(sent()).size).toBe(2);
    }));

  it("binds tools: one request, and the call comes back", () =>
    withChat([], async ({ chat, sent }) => {
      const message = await chat.bindTools([weather]).invoke("What is the weather in Berlin?");
      expect(message.tool_calls).toMatchObject([{ name: "get_weather", args: { city: expect.any(String) } }]);
      expect(message.invalid_tool_calls).toEqual([]);
      expect(sent()).toHaveLength(1);
    }));

  it.each(["jsonSchema", "functionCalling", "jsonMode"] as const)(
    "gives structured output by %s in one request",
    (method) =>
      withChat([], async ({ chat, sent }) => {
        const prompt =
          method === "jsonMode" ? `${TEXT} JSON schema: ${JSON.stringify(z.toJSONSchema(schema))}` : TEXT;
        const value = await chat.withStructuredOutput(schema, { name: "extract", method }).invoke(prompt);
        expect(value).toEqual({ vendor: expect.any(String), total: 120.5 });
        expect(sent()).toHaveLength(1);
      }),
  );

  it.each<[string, Fault, number]>([
    ["takes JSON out of a fence", { kind: "fenced" }, 1],
    ["repairs prose", { kind: "prose" }, 2],
    ["repairs JSON of another shape", { kind: "wrong-schema" }, 2],
  ])("%s for structured output", (_what, fault, requests) =>
    withChat([fault], async ({ chat, sent }) => {
      expect(await chat.withStructuredOutput(schema).invoke(TEXT)).toMatchObject({ total: 120.5 });
      expect(sent()).toHaveLength(requests);
      expect(new Set(sent()).size).toBe(1);
    }),
  );

  it("streams: the same text in one request, its usage told once", () =>
    withChat([], async ({ chat, models, sent }) => {
      const whole = await chat.invoke(TEXT);
      let joined: Awaited<ReturnType<LayerChat["invoke"]>> | undefined;
      for await (const chunk of await chat.stream(TEXT)) joined = joined ? joined.concat(chunk) : chunk;
      expect(joined?.text).toBe(whole.text);
      expect(joined?.id).not.toBe(whole.id);
      expect(sent()).toHaveLength(1);
      const anew = chatModel(models, { cache: false, task: "general" });
      let tokens = 0;
      for await (const chunk of await anew.stream(TEXT)) {
        if (chunk.usage_metadata) tokens += tokensOf(chunk).total_tokens;
      }
      expect(tokens).toBe(tokensOf(whole).total_tokens);
    }));

  it("streams tool calls whole", () =>
    withChat([], async ({ chat }) => {
      const calls = [];
      for await (const chunk of await chat.bindTools([weather]).stream("What is the weather in Berlin?")) {
        calls.push(...(chunk.tool_calls ?? []));
      }
      expect(calls).toMatchObject([{ name: "get_weather", args: { city: expect.any(String) } }]);
    }));

  it("answers events and batches with one request for each question", () =>
    withChat([], async ({ chat, sent }) => {
      for await (const event of chat.streamEvents(TEXT, { version: "v2" }))
        expect(event.event).toMatch(/^on_/);
      expect(sent()).toHaveLength(1);
      expect(await chat.batch([TEXT, `${TEXT} Thank you.`])).toHaveLength(2);
      expect(sent()).toHaveLength(2);
    }));

  it("drives an agent: two turns are two requests", () =>
    withChat([], async ({ chat, sent }) => {
      const agent = createAgent({ model: chat, tools: [weather] });
      const { messages } = await agent.invoke({ messages: "What is the weather in Berlin?" });
      expect(messages.map((message) => message.type)).toEqual(["human", "ai", "tool", "ai"]);
      expect(sent()).toHaveLength(2);
    }));

  it("gives an agent its structured response, repaired where it was wrong", () =>
    withChat([{ kind: "wrong-schema" }], async ({ chat, sent }) => {
      const agent = createAgent({ model: chat, tools: [], responseFormat: schema });
      const { structuredResponse } = await agent.invoke({ messages: TEXT });
      expect(structuredResponse).toMatchObject({ total: 120.5 });
      expect(sent()).toHaveLength(2);
    }));

  it("lets the layer's errors through as they are, and finds them beneath middleware", () =>
    withChat([{ kind: "unauthorized-401" }], async ({ chat }) => {
      await expect(chat.invoke(TEXT)).rejects.toMatchObject({ code: "ACCOUNT_REFUSED" });
      const plain = createAgent({ model: chat, tools: [] });
      await expect(plain.invoke({ messages: TEXT })).rejects.toSatisfy(SluiceError.is);
      const middleware = [
        createMiddleware({ name: "pass", wrapModelCall: (request, next) => next(request) }),
      ];
      const wrapped = createAgent({ model: chat, tools: [], middleware });
      const error = await wrapped.invoke({ messages: TEXT }).catch((thrown: unknown) => thrown);
      expect(SluiceError.has(unwrapLayerError(error), "ACCOUNT_HALTED")).toBe(true);
    }));

  it("parks with the time to come back", () =>
    withChat([{ kind: "upstream-429", retryAfterSeconds: 30 }], async ({ chat, models }) => {
      const only = chatModel(models, { models: ["google/gemma-4-31b-it:free"] });
      await expect(only.invoke(TEXT)).rejects.toMatchObject({
        code: "MODELS_COOLING",
        until: expect.any(Number),
      });
      expect((await chat.invoke(TEXT)).text).not.toBe("");
    }));

  it("holds its questions to a budget", () =>
    withChat(
      [],
      async ({ chat }) => {
        await chat.invoke("one");
        await expect(chat.invoke("two")).rejects.toMatchObject({ code: "REQUEST_BUDGET" });
      },
      { meter: new RequestMeter({ budget: 1 }) },
    ));

  it("shows images, and remembers two of them apart", () =>
    withChat([], async ({ chat, sent }) => {
      const show = (url: string) =>
        chat.invoke([
          {
            role: "user",
            content: [
              { type: "text", text: "What is it?" },
              { type: "image_url", image_url: { url } },
            ],
          },
        ]);
      await show("data:image/png;base64,AAAA");
      await show("data:image/png;base64,BBBB");
      expect(sent()).toHaveLength(2);
    }));

  it("counts tokens without the network", async () => {
    const offline = vi.spyOn(globalThis, "fetch").mockRejectedValue(new Error("the network was asked"));
    const chat = chatModel({ ask: () => Promise.reject(new Error("nobody should ask")) });
    expect(await chat.getNumTokens("x".repeat(400))).toBe(100);
    expect(offline).not.toHaveBeenCalled();
    offline.mockRestore();
  });

  it("sends nothing past the layer, not even to other endpoints of the SDK", async () => {
    const chat = chatModel({ ask: () => Promise.reject(new Error("nobody should ask")) });
    await expect(chat.moderateContent("x")).rejects.toThrow();
    const message = await chat.moderateContent("x").catch(unwrapLayerError);
    expect(message).toMatchObject({ code: "NOT_FREE" });
  });

  it("refuses a priced model by its id", () => {
    const layer = { ask: () => Promise.reject(new Error("nobody should ask")) };
    expect(() => chatModel(layer, { models: ["openai/gpt-5"] })).toThrow(/may cost money/);
  });
});

describe("aborting", () => {
  it("ends with the caller's reason and goes away from the server", () =>
    withChat([{ kind: "hang" }], async ({ chat, simulator, sent }) => {
      const controller = new AbortController();
      const asked = chat.invoke(TEXT, { signal: controller.signal });
      await expect.poll(() => sent().length).toBe(1);
      controller.abort(new Error("the user left"));
      await expect(asked).rejects.toThrow("the user left");
      await expect.poll(() => simulator.journal.at(-1)?.aborted).toBe(true);
    }));

  it("leaves no listener on a signal that many questions share", () =>
    withChat([], async ({ models, chat }) => {
      await models.catalogue();
      const { signal } = new AbortController();
      const own = chatModel(models, { signal, meter: new RequestMeter({ budget: 500 }) });
      for (let n = 0; n < 200; n++) await chat.invoke(TEXT, { signal });
      for (let n = 0; n < 200; n++) await own.invoke(TEXT);
      expect(getEventListeners(signal, "abort").length).toBeLessThanOrEqual(1);
    }));
});

describe("what LangChain's request may hold", () => {
  it.each([
    ["a list of models", { models: ["openai/gpt-5"] }],
    ["a plugin", { plugins: [{ id: "web" }] }],
    ["provider preferences", { provider: { sort: "price" } }],
    ["several answers", { n: 2 }],
    ["a stop word", { stop: ["END"] }],
    ["sound", { modalities: ["audio"] }],
  ])("refuses %s by its name and sends nothing", (_what, modelKwargs) =>
    withChat([], async ({ chat, sent }) => {
      chat.modelKwargs = modelKwargs;
      await expect(chat.invoke(TEXT)).rejects.toMatchObject({
        code: "OPTION_INVALID",
        facts: { parameters: Object.keys(modelKwargs) },
      });
      expect(sent()).toEqual([]);
    }),
  );

  it("refuses a tool that runs at the provider", () =>
    withChat([], async ({ chat, sent }) => {
      const search = chat.bindTools([{ type: "web_search" }]);
      await expect(search.invoke(TEXT)).rejects.toMatchObject({ code: "OPTION_INVALID" });
      expect(sent()).toEqual([]);
    }));

  it("never lets the body of a call option through", () =>
    withChat([], async ({ chat, simulator, sent }) => {
      await chat.invoke(TEXT, { options: { body: { model: "qwen/qwen3.8-27b", messages: [] } } });
      expect(sent()).toEqual([expect.stringMatching(/:free$/)]);
      expect(JSON.stringify(simulator.journal.at(-1)?.body)).toContain("ACME");
    }));

  it("is a conversation of the layer's, or an error that says what is wrong, whatever it holds", () =>
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (params, messages) => {
        try {
          readChatParams({ ...params, messages });
        } catch (error) {
          expect(SluiceError.has(error, "OPTION_INVALID")).toBe(true);
        }
      }),
    ));
});

/** A server that nobody should ask. */
async function withTrap(body: (url: string, asked: string[]) => Promise<void>): Promise<void> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    await body(`http://127.0.0.1:${port}`, asked);
  } finally {
    vi.unstubAllEnvs();
    server.closeAllConnections();
    server.close();
  }
}

it("asks nobody else, whatever the environment says of OpenAI and of LangSmith's gateway", () =>
  withTrap(async (url, asked) => {
    for (const name of ["OPENAI_BASE_URL", "OPENAI_API_BASE", "LANGSMITH_GATEWAY"]) vi.stubEnv(name, url);
    for (const name of ["OPENAI_API_KEY", "LANGSMITH_API_KEY"]) vi.stubEnv(name, "CANARY");
    await using server = await startScriptedServer({ text: "Hello." });
    const chat = chatModel(openRouter({ apiKey: "k", baseUrl: server.url }));
    expect((await chat.invoke(TEXT)).text).toBe("Hello.");
    await awaitAllCallbacks();
    expect(server.bodies).toHaveLength(1);
    expect(asked).toEqual([]);
  }));
