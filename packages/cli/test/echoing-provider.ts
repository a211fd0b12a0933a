import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { type Simulator, startSimulator } from "@sluice/simulator";

/** A provider that tells everything it knows of whoever asks: his key, his account and his prompt. */
export interface EchoingProvider extends AsyncDisposable {
  url: string;
  /** The Authorization headers that came, in order. */
  keys: string[];
  simulator: Simulator;
}

/** Of the account that asks. */
export const USER_ID = "user_2xKq81LmNopQrStUv";

/** How a reply is spoilt; `told` is an error body that tells what is known of whoever asks. */
export type Failure = (response: ServerResponse, told: object) => void;

/** Answers in JSON. */
export const json = (response: ServerResponse, status: number, body: object) =>
  void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));

/** How it fails, by the word that a prompt has for it. */
const failures: Readonly<Record<string, Failure>> = {
  "deed-refuse": (response, told) => json(response, 400, { error: told, user_id: USER_ID }),
  "deed-inside": (response, told) => json(response, 200, { error: told }),
  "deed-page": (response, told) =>
    void response.writeHead(502, { "content-type": "text/html" }).end(`<p>${JSON.stringify(told)}`),
  "deed-stream": (response, told) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(`data: {"choices":[{"index":0,"delta":{"content":"Once "}}]}\n\n`);
    response.end(`data: ${JSON.stringify({ error: told, choices: [] })}\n\n`);
  },
  "deed-unauthorized": (response, told) => json(response, 401, { error: { ...told, code: 401 } }),
};

/** The words that make it fail. */
export const deeds = Object.keys(failures);

/**
 * Starts one in front of a simulator, which answers wherever no failure is asked for.
 *
 * @param more failures of one's own, by the word that a prompt has for them: `deed-…`.
 */
export async function startEchoingProvider(
  more: Readonly<Record<string, Failure>> = {},
): Promise<EchoingProvider> {
  const simulator = await startSimulator({ limits: { perMinute: 1_000, perDay: 1_000 } });
  const keys: string[] = [];
  const server = createServer((request, response) => {
    keys.push(String(request.headers.authorization));
    // Whoever asks may be killed meanwhile.
    void answer(request, response, { simulator, failures: { ...failures, ...more } }).catch(() =>
      response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/api/v1`,
    keys,
    simulator,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await simulator.close();
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  from: { simulator: Simulator; failures: Readonly<Record<string, Failure>> },
) {
  const body = await text(request);
  const key = String(request.headers.authorization);
  response.setHeader("x-echo", key);
  response.setHeader("x-echo-base64", Buffer.from(key).toString("base64"));
  const failure = from.failures[/deed-\w+/.exec(body)?.[0] ?? ""];
  if (failure) return failure(response, whatItTells(key, body));
  const path = (request.url ?? "").replace("/api/v1", "");
  const method = request.method ?? "GET";
  const headers = { authorization: key, "content-type": "application/json" };
  const reply = await fetch(from.simulator.url + path, { method, headers, ...(body && { body }) });
  const type = reply.headers.get("content-type") ?? "application/json";
  response.writeHead(reply.status, { "content-type": type }).end(await reply.text());
}

function whatItTells(key: string, body: string): object {
  const message = `${USER_ID} sent ${key} and ${JSON.stringify(JSON.parse(body).messages.at(-1))}`;
  const metadata = {
    error_type: "invalid_request",
    raw: key,
    flagged_input: body,
    headers: { auth: Buffer.from(key).toString("hex") },
  };
  return { code: 400, message, metadata };
}
