import { request } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Fault } from "./faults.ts";
import { scenarios } from "./scenarios.ts";
import { type Simulator, startSimulator } from "./simulator.ts";

const MODEL = "google/gemma-4-31b-it:free";
const SCHEMA = { type: "object", properties: { title: { type: "string" } }, required: ["title"] };

const completion = z.looseObject({
  model: z.string(),
  choices: z.tuple([
    z.looseObject({
      finish_reason: z.string(),
      message: z.looseObject({ content: z.string().nullable(), reasoning: z.string().nullable() }),
      error: z.looseObject({ code: z.number() }).optional(),
    }),
  ]),
  usage: z.looseObject({
    cost: z.number(),
    completion_tokens: z.number(),
    completion_tokens_details: z.looseObject({ reasoning_tokens: z.number() }),
  }),
});

let simulator: Simulator;

beforeEach(async () => {
  simulator = await startSimulator({ limits: { perMinute: 1_000, perDay: 1_000 } });
});

afterEach(() => simulator.close());

function send(options: { stream?: boolean; signal?: AbortSignal; body?: Record<string, unknown> } = {}) {
  const { stream = false, signal, body = {} } = options;
  return fetch(`${simulator.url}/chat/completions`, {
    method: "POST",
    headers: { authorization: "Bearer k" },
    body: JSON.stringify({
      model: MODEL,
      stream,
      messages: [{ role: "user", content: "Give the title.\n\nThe Art of Waiting\n\nIt is long." }],
      response_format: { type: "json_schema", json_schema: { name: "t", schema: SCHEMA } },
      ...body,
    }),
    ...(signal === undefined ? {} : { signal }),
  });
}

async function play(fault: Fault) {
  simulator.script(MODEL, fault);
  const response = await send();
  simulator.assertScriptsSpent();
  expect(simulator.journal.at(-1)?.fault).toBe(fault.kind);
  return response;
}

async function playAnswer(fault: Fault) {
  const response = await play(fault);
  expect(response.status).toBe(200);
  const body = completion.parse(await response.json());
  return { ...body, choice: body.choices[0], content: body.choices[0].message.content };
}

describe("faults that refuse", () => {
  const refusals: Array<[Fault, number, RegExp]> = [
    [{ kind: "upstream-429" }, 429, /upstream_provider_shared_pool/],
    [{ kind: "model-cap-429" }, 429, /openrouter_shared_capacity.*/],
    [{ kind: "model-day-cap-429" }, 429, /limit_rpd\/.*Daily limit reached/],
    [{ kind: "capacity-429", retryAfterSeconds: 7 }, 429, /"capacity_exhausted".*"retry_after":7/],
    [{ kind: "http", status: 408 }, 408, /timed out/],
    [{ kind: "http", status: 500 }, 500, /Internal Server Error/],
    [{ kind: "http", status: 504 }, 504, /"timeout"/],
    [{ kind: "http", status: 524 }, 524, /timed out/],
    [{ kind: "http", status: 529 }, 529, /provider_overloaded/],
    [{ kind: "html-502" }, 502, /^<html>/],
    [{ kind: "invalid-model-400" }, 400, /is not a valid model ID/],
    [{ kind: "provider-400" }, 400, /response_format is not supported/],
    [{ kind: "no-endpoints-404" }, 404, /No endpoints found for/],
    [{ kind: "data-policy-404" }, 404, /matching your data policy.*Filter by Data Policy/],
    [{ kind: "guardrails-404" }, 404, /^.*0 endpoints out of 1 requested.*ineligibility_reasons/],
    [{ kind: "harness-403" }, 403, /agentic harnesses/],
    [{ kind: "moderation-403" }, 403, /flagged_input/],
    [{ kind: "guardrail-403" }, 403, /prompt injection patterns/],
    [{ kind: "key-limit-403" }, 403, /Key limit exceeded/],
    [{ kind: "unauthorized-401" }, 401, /User not found/],
    [{ kind: "insufficient-credits-402" }, 402, /Insufficient credits/],
  ];

  test.each(refusals)("%o", async (fault, status, text) => {
    const response = await play(fault);
    expect(response.status).toBe(status);
    expect(await response.text()).toMatch(text);
    expect((await send()).status).toBe(200);
  });

  test("a cap says how many requests it allows", async () => {
    expect(await (await play({ kind: "model-cap-429", limit: 3 })).text()).toContain("limited to 3 requests");
    const day = await (await play({ kind: "model-day-cap-429", limit: 80 })).text();
    expect(day).toMatch(/"X-RateLimit-Limit":"80"/);
  });

  test("the shared pool says how long to wait, in the body and as a header", async () => {
    const response = await play({ kind: "upstream-429", retryAfterSeconds: 17 });
    expect(response.headers.get("retry-after")).toBe("17");
    expect(await response.json()).toMatchObject({ error: { metadata: { retry_after_seconds: 17 } } });
  });

  test("a vanished model names its paid twin, stays gone and leaves the listing", async () => {
    const first = await play({ kind: "vanished" });
    expect(first.status).toBe(404);
    expect(await first.json()).toMatchObject({
      error: {
        message: expect.stringContaining("use this slug instead: google/gemma-4-31b-it"),
        availability: { code: "free_variant_ended", fallback_models: ["google/gemma-4-31b-it"] },
      },
    });
    expect((await send()).status).toBe(404);
    expect(await (await fetch(`${simulator.url}/models`)).text()).not.toContain(`"${MODEL}"`);
  });
});

describe("a model that is delisted", () => {
  test("answers on, but is listed no more", async () => {
    expect((await play({ kind: "delisted" })).status).toBe(200);
    expect((await send()).status).toBe(200);
    expect(await (await fetch(`${simulator.url}/models`)).text()).not.toContain(`"${MODEL}"`);
  });
});

describe("a price that changes", () => {
  const pricing = { prompt: "0.000001", completion: "0.000001" };
  const zero = { provider: { max_price: { prompt: 0, completion: 0 } } };

  test("refuses the request that meets it, and all after it, while the listing still says zero", async () => {
    simulator.script(MODEL, { kind: "price", pricing, staleListingMs: 60_000 });
    expect(await (await send({ body: zero })).text()).toContain("Filter by Max Price");
    expect(simulator.journal[0]).toMatchObject({ fault: "price", status: 404 });
    expect((await send({ body: zero })).status).toBe(404);
    expect((await send()).status).toBe(402);
    const free = await fetch(`${simulator.url}/models?max_price=0`);
    expect(await free.text()).toContain(`"${MODEL}"`);
    simulator.advanceClock(60_000);
    expect(await (await fetch(`${simulator.url}/models?max_price=0`)).text()).not.toContain(`"${MODEL}"`);
  });

  test("is paid by an account with credits and no price limit", async () => {
    await simulator.close();
    simulator = await startSimulator({ creditsUsd: 1 });
    const { usage } = await playAnswer({ kind: "price", pricing });
    expect(usage.cost).toBeGreaterThan(0);
  });
});

describe("faults inside HTTP 200", () => {
  test("an error body, without choices", async () => {
    const response = await play({ kind: "error-in-200", code: 503 });
    expect(response.status).toBe(200);
    const body: unknown = await response.json();
    expect(body).toMatchObject({ error: { code: 503 } });
    expect(body).not.toHaveProperty("choices");
  });

  test("a choice that broke off", async () => {
    const { choice, content } = await playAnswer({ kind: "choice-error" });
    expect(choice).toMatchObject({ finish_reason: "error", error: { code: 502 } });
    expect(content).not.toBe("");
  });

  test("an empty answer", async () => {
    const { choice, content, usage } = await playAnswer({ kind: "empty" });
    expect([choice.finish_reason, content, usage.completion_tokens]).toEqual(["stop", "", 0]);
  });

  test("reasoning that ate the budget", async () => {
    const { choice, content, usage } = await playAnswer({ kind: "reasoning-ate-budget" });
    expect(content).toBeNull();
    expect(choice.finish_reason).toBe("length");
    expect(choice.message.reasoning).not.toBeNull();
    expect(usage.completion_tokens_details.reasoning_tokens).toBe(usage.completion_tokens);
  });

  test("prose, a cut answer, a broken schema and a fence", async () => {
    const good = '{"title":"The Art of Waiting"}';
    expect((await playAnswer({ kind: "prose" })).content).not.toContain("{");
    const cut = await playAnswer({ kind: "truncated" });
    expect(cut.choice.finish_reason).toBe("length");
    expect(good.startsWith(cut.content ?? "?")).toBe(true);
    expect(cut.content).not.toBe(good);
    const broken: unknown = JSON.parse((await playAnswer({ kind: "wrong-schema" })).content ?? "");
    expect(z.fromJSONSchema(JSON.parse(JSON.stringify(SCHEMA))).safeParse(broken).success).toBe(false);
    expect((await playAnswer({ kind: "fenced" })).content).toContain(`\`\`\`json\n${good}\n\`\`\``);
    expect((await playAnswer({ kind: "text", content: '{"a":' })).content).toBe('{"a":');
  });

  test("a charge, which the key shows too", async () => {
    expect((await playAnswer({ kind: "cost", cost: 0.01 })).usage.cost).toBe(0.01);
    const key = await fetch(`${simulator.url}/key`, { headers: { authorization: "Bearer k" } });
    expect(await key.json()).toMatchObject({ data: { usage: 0.01 } });
  });

  test("a tool call whose arguments are not JSON", async () => {
    const tool = { type: "function", function: { name: "file_under", parameters: SCHEMA } };
    simulator.script(MODEL, { kind: "malformed-tool-arguments" });
    const text = await (await send({ body: { tools: [tool], tool_choice: "required" } })).text();
    const [, broken = "{}"] = /"arguments":"((?:[^"\\]|\\.)*)"/.exec(text) ?? [];
    expect(text).toContain('"finish_reason":"tool_calls"');
    expect(() => JSON.parse(JSON.parse(`"${broken}"`))).toThrow(SyntaxError);
  });

  test("another model's name", async () => {
    expect((await playAnswer({ kind: "other-model", model: "acme/gold" })).model).toBe("acme/gold");
  });
});

describe("faults of the connection", () => {
  test("a reset leaves no answer at all", async () => {
    simulator.script(MODEL, { kind: "reset" });
    await expect(send()).rejects.toThrow();
    await expect.poll(() => simulator.journal[0]).toMatchObject({ status: 0, aborted: true, counted: true });
    expect(simulator.journal[0]).not.toHaveProperty("servedModel");
  });

  test("a stall sends whitespace before the JSON", async () => {
    const text = await (await play({ kind: "stall", ms: 30 })).text();
    expect(text).toMatch(/^\n+\{/);
    expect(JSON.parse(text)).toMatchObject({ object: "chat.completion" });
    const slowly = await (await play({ kind: "stall", ms: 200, everyMs: 10_000 })).text();
    // Every 10 ms it would be twenty; timers that fire a little early may add one or two.
    expect(slowly).toMatch(/^\n{1,5}\{/);
  });

  test("a slow answer comes without a sign before it", async () => {
    simulator.script(MODEL, { kind: "slow", ms: 60_000 }, { kind: "slow", ms: 20 });
    const client = new AbortController();
    const answer = send({ signal: client.signal });
    await expect.poll(() => simulator.journal[0]?.fault).toBe("slow");
    client.abort();
    await expect(answer).rejects.toThrow();
    await expect.poll(() => simulator.journal[0]).toMatchObject({ aborted: true, status: 0 });
    expect(await (await send()).text()).toMatch(/^\{/);
  });

  test("a hang lasts until the client goes away, which the journal notes", async () => {
    simulator.script(MODEL, { kind: "hang" });
    const client = new AbortController();
    const answer = send({ signal: client.signal });
    await expect.poll(() => simulator.journal[0]?.fault).toBe("hang");
    client.abort();
    await expect(answer).rejects.toThrow();
    await expect.poll(() => simulator.journal[0]?.aborted).toBe(true);
  });

  test("closing ends a hanging request", async () => {
    simulator.script(MODEL, { kind: "hang" });
    const answer = send().catch((error: unknown) => error);
    await expect.poll(() => simulator.journal[0]?.fault).toBe("hang");
    await simulator.close();
    expect(await answer).toBeInstanceOf(Error);
  });

  test("a stream breaks off with an error chunk and no end mark", async () => {
    simulator.script(MODEL, { kind: "sse-error" });
    const text = await (await send({ stream: true })).text();
    expect(text).toContain('"provider_overloaded"');
    expect(text).not.toContain("[DONE]");
  });

  test.each([
    ["empty", /"choices":\[\],"error":\{/],
    ["absent", /data: \{"id":"gen-[^"]+","error":\{/],
  ] as const)("an error chunk may come with %s choices", async (choices, chunk) => {
    simulator.script(MODEL, { kind: "sse-error", choices });
    expect(await (await send({ stream: true })).text()).toMatch(chunk);
  });

  test.each(["sse-error", "sse-cut", "sse-no-finish"] as const)(
    "%s comes after so many tokens",
    async (kind) => {
      const told = async (afterTokens: number) => {
        simulator.script(MODEL, { kind, afterTokens });
        const response = await send({ stream: true });
        const pieces: string[] = [];
        const decoder = new TextDecoder();
        try {
          for await (const bytes of response.body ?? []) pieces.push(decoder.decode(bytes));
        } catch {
          // A cut connection ends the reading; what came before it is kept.
        }
        const text = pieces.join("");
        return [...text.matchAll(/"delta":\{"content":"((?:[^"\\]|\\.)*)"/g)]
          .map(([, part]) => JSON.parse(`"${part}"`))
          .join("");
      };
      expect(await told(0)).toBe("");
      expect(await told(3)).toBe('{"title":"Th');
    },
  );

  test("a stream may end in good order without a finish or an end mark", async () => {
    simulator.script(MODEL, { kind: "sse-no-finish" }, { kind: "sse-no-finish" });
    const text = await (await send({ stream: true })).text();
    expect(text).toContain('"delta":{"content"');
    expect(text).not.toMatch(/"finish_reason":"|\[DONE\]|"usage"/);
    const json = await (await send()).text();
    expect(() => JSON.parse(json)).toThrow(SyntaxError);
  });

  test.each([true, false])("a connection is cut in the middle of the answer (stream: %s)", async (stream) => {
    simulator.script(MODEL, { kind: "sse-cut" });
    const response = await send({ stream });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
  });
});

describe("floods", () => {
  const bytes = 3_000_000;

  test.each(["oversized-body", "gzip-bomb"] as const)("%s is as long as it was asked for", async (kind) => {
    const response = await play({ kind, bytes });
    const text = await response.text();
    expect(text).toHaveLength(bytes);
    expect(JSON.parse(text)).toMatchObject({ object: "chat.completion" });
    expect(response.headers.get("content-encoding")).toBe(kind === "gzip-bomb" ? "gzip" : null);
  });

  test("a packed one is small on the wire", async () => {
    simulator.script(MODEL, { kind: "gzip-bomb", bytes });
    expect((await rawBody()).length).toBeLessThan(bytes / 50);
  });

  test("a stream is one chunk without end", async () => {
    simulator.script(MODEL, { kind: "oversized-body", bytes });
    const text = await (await send({ stream: true })).text();
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeGreaterThan(bytes - 2_000);
  });

  test("no more is sent once the client has gone", async () => {
    simulator.script(MODEL, { kind: "oversized-body", bytes: 1e12 });
    const response = await send();
    await response.body?.cancel();
    await expect.poll(() => simulator.journal[0]?.aborted).toBe(true);
  });

  /** The answer as it goes over the wire; `fetch` would unpack it. */
  function rawBody(): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const outgoing = request(`${simulator.url}/chat/completions`, {
        method: "POST",
        headers: { authorization: "Bearer k" },
      });
      outgoing.on("error", reject);
      outgoing.on("response", (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => resolve(Buffer.concat(chunks)));
      });
      outgoing.end(JSON.stringify({ model: MODEL, messages: [{ role: "user", content: "Hello." }] }));
    });
  }
});

describe("scripts and scenarios", () => {
  test("a model's own faults come before those for any model, first in first out", async () => {
    simulator.script("*", { kind: "http", status: 500 });
    simulator.script(MODEL, { kind: "http", status: 502 }, { kind: "http", status: 503 });
    const statuses: number[] = [];
    for (let sent = 0; sent < 4; sent++) statuses.push((await send()).status);
    expect(statuses).toEqual([502, 503, 500, 200]);
    simulator.assertScriptsSpent();
  });

  test("a good answer can stand between two faults", async () => {
    simulator.script(MODEL, { kind: "http", status: 502 }, { kind: "ok" }, { kind: "http", status: 503 });
    const statuses: number[] = [];
    for (let sent = 0; sent < 3; sent++) statuses.push((await send()).status);
    expect(statuses).toEqual([502, 200, 503]);
    expect(simulator.journal[1]).not.toHaveProperty("fault");
  });

  test("a rate may concern one model alone", async () => {
    const rates = [{ model: MODEL, fault: { kind: "http", status: 503 }, probability: 1 }] as const;
    await using bad = await startSimulator({ scenario: { name: "one bad model", faults: [], rates } });
    const ask = (model: string) =>
      fetch(`${bad.url}/chat/completions`, {
        method: "POST",
        headers: { authorization: "Bearer k" },
        body: JSON.stringify({ model, messages: [{ role: "user", content: "Hello." }] }),
      });
    expect((await ask(MODEL)).status).toBe(503);
    expect((await ask("qwen/qwen3.8-27b:free")).status).toBe(200);
  });

  test("a malformed fault is refused when it is scripted", () => {
    const wrong = JSON.parse('{"kind":"http","status":418}');
    expect(() => simulator.script(MODEL, wrong)).toThrow();
  });

  test("a scenario with rates gives the same faults in every run", async () => {
    const runs: string[][] = [];
    for (let run = 0; run < 2; run++) {
      await simulator.close();
      simulator = await startSimulator({ scenario: scenarios.flaky, limits: { perMinute: 99, perDay: 99 } });
      for (let sent = 0; sent < 40; sent++) await (await send()).text();
      runs.push(simulator.journal.map(({ fault }) => fault ?? "ok"));
    }
    expect(runs[0]).toEqual(runs[1]);
    expect(new Set(runs[0]).size).toBeGreaterThan(4);
  });

  test("every ready scenario can be started", async () => {
    for (const [name, scenario] of Object.entries(scenarios)) {
      expect(scenario.name).toBe(name);
      await using started = await startSimulator({ scenario });
      expect(started.journal).toEqual([]);
    }
  });
});
