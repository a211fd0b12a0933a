import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { runPipeline } from "../../executor/run-pipeline.ts";
import { definePipeline } from "../../pipeline/define-pipeline.ts";
import { llm } from "../../pipeline/steps/llm.ts";
import { withSpans } from "../../telemetry/recorded-spans.fixture.ts";
import { RequestMeter } from "../request-meter.ts";
import { textRequest } from "../text-request.ts";
import { chatModel } from "./chat-model.ts";
import { type OpenRouter, type OpenRouterOptions, openRouter } from "./openrouter.ts";

const KEY = "sk-or-v1-CANARYq7Wm2Xz9Lk4Tn8Rb1Vc6Yd3Hs5Jf0Pg7Aw2Ee9Uu4Ii8Oo1";
const MODEL = {
  id: "test/first-100b:free",
  context_length: 100_000,
  architecture: { input_modalities: ["text"], output_modalities: ["text"] },
  pricing: { prompt: "0", completion: "0" },
  top_provider: { context_length: 100_000, max_completion_tokens: 8_000 },
  supported_parameters: ["max_tokens", "temperature", "response_format", "structured_outputs"],
};

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const chunk = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;
/** The key as it came, in several forms, in all the places where a server may put it. */
const echo = ({ headers: { authorization = "" } }: IncomingMessage) => ({
  code: 400,
  message: `No such key: ${authorization}`,
  metadata: { raw: authorization, headers: { auth: Buffer.from(authorization).toString("base64") } },
  user_id: Buffer.from(authorization).toString("hex"),
});

/** Ways of a server to fail, each of which tells the key. */
const failures: Record<string, Answer> = {
  "refuses the request": (request, response) =>
    response
      .writeHead(400, { "x-auth": String(request.headers.authorization) })
      .end(JSON.stringify({ error: echo(request) })),
  "refuses the key": (request, response) =>
    response
      .writeHead(401, { "content-type": "application/json" })
      .end(JSON.stringify({ error: echo(request) })),
  "answers with a page": (request, response) =>
    response.writeHead(502, { "content-type": "text/html" }).end(`<p>${request.headers.authorization}</p>`),
  "answers 200 with an error": (request, response) =>
    response
      .writeHead(200, { "content-type": "application/json" })
      .end(JSON.stringify({ error: echo(request) })),
  "answers 200 with no JSON": (request, response) =>
    response.writeHead(200, { "content-type": "application/json" }).end(`${request.headers.authorization}`),
  "breaks a stream off": (request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(chunk({ choices: [{ index: 0, delta: { content: "Once " } }] }));
    response.end(chunk({ error: { ...echo(request), code: 502 }, choices: [] }));
  },
  "names it in the place of everything": (request, response) => {
    const told = String(request.headers.authorization);
    response
      .writeHead(200, { "content-type": "application/json" })
      .end(JSON.stringify({ model: told, choices: [{ finish_reason: told, message: { content: null } }] }));
  },
};

async function withServer(
  answer: Answer,
  body: (models: OpenRouter, keys: Array<string | undefined>) => Promise<void>,
  options: Partial<OpenRouterOptions> = {},
): Promise<void> {
  const keys: Array<string | undefined> = [];
  const server = createServer((request, response) => {
    request.resume();
    keys.push(request.headers.authorization);
    if (request.method === "GET" && options.server !== "closed") {
      response.setHeader("content-type", "application/json");
      return void response.end(JSON.stringify({ data: [MODEL] }));
    }
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    await body(openRouter({ apiKey: KEY, baseUrl: `http://127.0.0.1:${port}`, ...options }), keys);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** Everything that can be read of a value, hidden and enumerable, with the errors beneath it. */
const shown = (value: unknown) =>
  [
    inspect(value, { depth: 10, showHidden: true, maxStringLength: null }),
    JSON.stringify(value),
    `${value}`,
  ].join("\n");

const trace = /CANARY|q7Wm2Xz9|Q0FOQVJ|NBTkFS|DQU5BU|43414e415259/i;

const ask = (models: OpenRouter, onToken?: (text: string) => void) =>
  models.ask(textRequest({ messages: [{ role: "user", content: "hello" }], cache: false }), {
    meter: new RequestMeter(),
    onToken,
  });

describe("the key", () => {
  it.each(Object.entries(failures))("stands in no error when the server %s", async (_how, answer) => {
    for (const onToken of [undefined, () => {}]) {
      await withServer(answer, async (models, keys) => {
        const error: unknown = await ask(models, onToken).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(Error);
        expect(shown(error)).not.toMatch(trace);
        expect(shown(await models.ledger.status())).not.toMatch(trace);
        expect(keys).toContain(`Bearer ${KEY}`);
      });
    }
  });

  it.each(Object.entries(failures))(
    "stands in no error of reading the account when the server %s",
    async (_how, answer) => {
      await withServer(
        answer,
        async (models) => {
          for (const read of [() => models.syncQuota(), () => models.api.readCatalogue(0)]) {
            expect(shown(await read().catch((thrown: unknown) => thrown))).not.toMatch(trace);
          }
        },
        { server: "closed" },
      );
    },
  );

  it("stands in nothing that is made with it", async () => {
    await withServer(failures["refuses the request"] ?? (() => {}), async (models) => {
      await ask(models).catch(() => {});
      for (const one of [models, models.api, models.ledger, chatModel(models), await models.catalogue()]) {
        expect(shown(one)).not.toMatch(trace);
      }
    });
  });

  it("stands in no span", () =>
    withSpans(async (spans) => {
      const pipeline = definePipeline({
        name: "greet",
        version: 1,
        input: z.object({ name: z.string() }),
      }).step(
        "greet",
        llm({
          output: z.object({ text: z.string() }),
          prompt: ({ input }) => `Greet ${input.name}.`,
          cache: false,
        }),
      );
      for (const answer of Object.values(failures)) {
        await withServer(answer, async (models) => {
          await runPipeline(pipeline, { name: "Ada" }, { models }).catch(() => {});
        });
      }
      expect(spans.all().length).toBeGreaterThan(10);
      const told = spans
        .all()
        .map(({ name, attributes, events, status }) => ({ name, attributes, events, status }));
      expect(shown(told)).not.toMatch(trace);
    }));

  it.each(["sk-or-v1-CANARY two", "sk-or-v1-CANARY\n", "sk-or-v1-CANARY\u2026", ""])(
    "is not repeated when it cannot be one: %j",
    (apiKey) => {
      const make = () => openRouter({ apiKey });
      expect(make).toThrow("Check OPENROUTER_API_KEY");
      expect(make).not.toThrow(/CANARY/);
    },
  );

  it("has no place in the address, and what stands there instead is not repeated", () => {
    const make = () => openRouter({ apiKey: KEY, baseUrl: "https://me:hunter2@openrouter.ai/api/v1" });
    expect(make).toThrow('"https://***@openrouter.ai/api/v1" is not usable');
  });

  it("goes to no other server, wherever a reply sends us", async () => {
    const strayed: Array<string | undefined> = [];
    const other = createServer(({ headers }, response) => {
      strayed.push(headers.authorization);
      response.end("{}");
    });
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    for (const status of [301, 302, 303, 307, 308]) {
      const redirect: Answer = (request, response) =>
        response.writeHead(status, { location: `http://127.0.0.1:${port}${request.url}` }).end();
      await withServer(
        redirect,
        async (models) => {
          await expect(models.api.readAccount()).rejects.toMatchObject({ code: "SERVER_UNREACHABLE" });
          await expect(models.api.readCatalogue(0)).rejects.toMatchObject({ code: "SERVER_UNREACHABLE" });
        },
        { server: "closed" },
      );
      await withServer(redirect, async (models) => void (await expect(ask(models)).rejects.toThrow()));
    }
    other.close();
    expect(strayed).toEqual([]);
  });
});
