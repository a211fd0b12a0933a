import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { startSimulator, testCatalogue } from "@sluice/simulator";
import { describe, expect, it } from "vitest";
import { parseCatalogue } from "../catalogue.ts";
import { guardFetch, sendBy } from "./guard-fetch.ts";
import { OpenRouterChat } from "./openrouter-chat.ts";

const catalogue = parseCatalogue({ data: testCatalogue() }, { fetchedAt: 0, source: "server" });
const timeouts = { headersMs: 300, idleMs: 300, totalMs: 1_000 };
const guarded = (baseUrl: string) =>
  guardFetch({ baseUrl, apiKey: "k", catalogue: () => catalogue, now: Date.now, fetch, timeouts });
const body = JSON.stringify({ model: "google/gemma-4-31b-it:free", messages: [] });

describe("the guard beneath the SDK", () => {
  it.each([
    ["another path", "/responses", { method: "POST", body }],
    ["another method", "/chat/completions", { method: "GET" }],
    [
      "a priced model",
      "/chat/completions",
      { method: "POST", body: JSON.stringify({ model: "qwen/qwen3.8-27b", messages: [] }) },
    ],
    ["a body it cannot read", "/chat/completions", { method: "POST", body: new Uint8Array([1]) }],
  ])("lets %s not leave", async (_what, path, init) => {
    await using simulator = await startSimulator();
    await expect(guarded(simulator.url)(`${simulator.url}${path}`, init)).rejects.toMatchObject({
      code: "NOT_FREE",
    });
    expect(simulator.journal).toHaveLength(0);
  });

  it("lets nothing leave for another host", async () => {
    await using simulator = await startSimulator();
    const other = guarded("https://openrouter.ai/api/v1")(`${simulator.url}/chat/completions`, {
      method: "POST",
      body,
    });
    await expect(other).rejects.toMatchObject({ code: "NOT_FREE" });
    expect(simulator.journal).toHaveLength(0);
  });

  it("does not follow a redirect, so that the key goes nowhere else", async () => {
    await using simulator = await startSimulator();
    const server = createServer((_request, response) => {
      response.writeHead(307, { location: `${simulator.url}/chat/completions` }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const base = `http://127.0.0.1:${port}`;
    const response = await guarded(base)(`${base}/chat/completions`, { method: "POST", body });
    expect(response.status).toBe(502);
    expect(simulator.journal).toHaveLength(0);
    server.close();
  });

  it("lets nothing leave under a permit that has grown old, and keeps the permit's time to itself", async () => {
    const left: Headers[] = [];
    const network: typeof fetch = async (_url, init) => {
      left.push(new Headers(init?.headers));
      return new Response("{}");
    };
    const baseUrl = "https://openrouter.ai/api/v1";
    const guard = guardFetch({
      baseUrl,
      apiKey: "k",
      catalogue: () => catalogue,
      now: () => 1_000,
      fetch: network,
      timeouts,
    });
    const ask = (lastMoment: number) =>
      guard(`${baseUrl}/chat/completions`, {
        method: "POST",
        body,
        ...sendBy({ id: "p", at: 0, sendBy: lastMoment }),
      });
    await expect(ask(999)).rejects.toMatchObject({ facts: { kind: "late" } });
    expect(left).toEqual([]);
    await ask(1_000);
    expect(left.map((headers) => headers.has("x-sluice-send-by"))).toEqual([false]);
  });

  it("stands under LangChain too: a priced model given to the chat object is never asked", async () => {
    await using simulator = await startSimulator();
    const chat = new OpenRouterChat({ baseUrl: simulator.url, fetch: guarded(simulator.url) });
    await expect(
      chat.invoke("hello", { options: { body: { model: "qwen/qwen3.8-27b", messages: [] } } }),
    ).rejects.toThrow();
    const priced = chat.completionWithRetry({ model: "qwen/qwen3.8-27b", messages: [] });
    await expect(priced).rejects.toMatchObject({ cause: { code: "NOT_FREE" } });
    expect(simulator.journal).toHaveLength(0);
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ["never begins", () => {}],
    ["stops coming", (response) => void response.write(" ")],
    ["trickles without end", (response) => void setInterval(() => response.write(" "), 50).unref()],
    ["is endless", (response) => pour(response)],
  ])("gives up a reply that %s", async (_what, answer) => {
    const server = createServer((_request, response) => {
      response.on("error", () => {});
      answer(response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const base = `http://127.0.0.1:${port}`;
    const asked = guarded(base)(`${base}/chat/completions`, { method: "POST", body });
    await expect(asked).rejects.toMatchObject({
      facts: { kind: expect.stringMatching(/timeout|unreadable/) },
    });
    server.closeAllConnections();
    server.close();
  });
});

function pour(response: ServerResponse): void {
  const piece = Buffer.alloc(1024 * 1024, " ");
  const write = () => {
    while (!response.destroyed && response.write(piece));
  };
  response.on("drain", write);
  write();
}
