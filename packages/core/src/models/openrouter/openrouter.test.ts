import { getEventListeners } from "node:events";
import { type Fault, type Simulator, startSimulator } from "@sluice/simulator";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { SluiceError } from "../../errors/sluice-error.ts";
import { ManualClock } from "../../shared/manual-clock.ts";
import type { AttemptReport, ModelRequest } from "../model-request.ts";
import { RequestMeter } from "../request-meter.ts";
import { acceptStructured, acceptText } from "../structured/accept-answer.ts";
import { answerSchema } from "../structured/answer-schema.ts";
import { type OpenRouter, openRouter } from "./openrouter.ts";

const schema = z.object({ vendor: z.string(), total: z.number() });
const FIRST = "nvidia/nemotron-3-super-120b-a12b:free";
const KEY = "sk-or-v1-CANARY0123456789";

function question(
  more: Partial<ModelRequest<z.infer<typeof schema>>> = {},
): ModelRequest<z.infer<typeof schema>> {
  return {
    messages: [{ role: "user", content: "Extract.\n<document>\nACME GmbH. Total: 120.50 EUR.\n</document>" }],
    task: "general",
    answer: answerSchema(schema, "test"),
    accept: acceptStructured(schema),
    temperature: 0,
    maxOutputTokens: 500,
    maxRepairs: 1,
    cache: false,
    ...more,
  };
}

interface Asked {
  simulator: Simulator;
  models: OpenRouter;
  meter: RequestMeter;
  attempts: AttemptReport[];
  ask(more?: Parameters<typeof question>[0]): Promise<{ value: unknown; model: string; cached: boolean }>;
  sent(): string[];
}

const NOON = Date.UTC(2026, 10, 22, 12);

async function withSimulator(faults: Fault[], body: (asked: Asked) => Promise<void>): Promise<void> {
  // Two hundred questions take ten minutes of this clock: they must not meet the end of a day.
  const clock = new ManualClock(NOON);
  const limits = { perMinute: 1_000, perDay: 1_000 };
  await using simulator = await startSimulator({ limits, clock: () => clock.now() });
  simulator.script("*", ...faults);
  const models = openRouter({
    apiKey: KEY,
    baseUrl: simulator.url,
    clock,
    // Only who is not answered has to be done with waiting: the first answer of a busy machine takes a while.
    timeouts: faults.some(({ kind }) => kind === "hang") ? { headersMs: 3_000 } : {},
  });
  const meter = new RequestMeter();
  const attempts: AttemptReport[] = [];
  const call = { meter, onAttempt: (attempt: AttemptReport) => void attempts.push(attempt) };
  const sent = () =>
    simulator.journal
      .filter(({ path }) => path.endsWith("/chat/completions"))
      .map(({ model }) => model ?? "");
  await body({ simulator, models, meter, attempts, sent, ask: (more) => models.ask(question(more), call) });
  simulator.assertScriptsSpent();
}

/** What one question costs under each fault: the requests that reach the server, and the models they ask. */
const costs: Array<[string, Fault[], { requests: number; models: number }]> = [
  ["no fault", [], { requests: 1, models: 1 }],
  ["an answer in a fence", [{ kind: "fenced" }], { requests: 1, models: 1 }],
  ["an upstream 429", [{ kind: "upstream-429" }], { requests: 2, models: 2 }],
  ["a model's own cap", [{ kind: "model-cap-429" }], { requests: 2, models: 2 }],
  ["a 500", [{ kind: "http", status: 500 }], { requests: 2, models: 2 }],
  ["an HTML page", [{ kind: "html-502" }], { requests: 2, models: 2 }],
  ["an error inside a 200", [{ kind: "error-in-200" }], { requests: 2, models: 2 }],
  ["a choice that broke off", [{ kind: "choice-error" }], { requests: 2, models: 2 }],
  ["an empty answer", [{ kind: "empty" }], { requests: 2, models: 2 }],
  [
    "reasoning that ate the budget, given more room",
    [{ kind: "reasoning-ate-budget" }],
    { requests: 2, models: 1 },
  ],
  ["a cut answer, given more room", [{ kind: "truncated" }], { requests: 2, models: 1 }],
  ["a bare 404", [{ kind: "no-endpoints-404" }], { requests: 2, models: 2 }],
  ["a gated model", [{ kind: "harness-403" }], { requests: 2, models: 2 }],
  ["a moderated prompt", [{ kind: "moderation-403" }], { requests: 2, models: 2 }],
  ["an unknown id", [{ kind: "invalid-model-400" }], { requests: 2, models: 2 }],
  ["a stalled answer", [{ kind: "stall", ms: 100 }], { requests: 1, models: 1 }],
  ["prose, repaired", [{ kind: "prose" }], { requests: 2, models: 1 }],
  ["a wrong schema, repaired", [{ kind: "wrong-schema" }], { requests: 2, models: 1 }],
  ["prose twice", [{ kind: "prose" }, { kind: "prose" }], { requests: 3, models: 2 }],
  ["a lost connection", [{ kind: "reset" }], { requests: 2, models: 2 }],
  ["no answer at all", [{ kind: "hang" }], { requests: 2, models: 2 }],
];

describe("asking OpenRouter", () => {
  it.each(costs)("spends exactly the requests it must under %s", (_what, faults, expected) =>
    withSimulator(faults, async ({ ask, sent, meter, models }) => {
      expect((await ask()).value).toEqual({ vendor: expect.any(String), total: 120.5 });
      expect(sent()).toHaveLength(expected.requests);
      expect(new Set(sent()).size).toBe(expected.models);
      expect(meter.usage().requests).toBe(expected.requests);
      expect((await models.ledger.status()).usedToday).toBe(expected.requests);
    }),
  );

  it("stops after four requests and tells every one of them", () =>
    withSimulator(
      Array.from({ length: 4 }, () => ({ kind: "empty" as const })),
      async ({ ask, sent }) => {
        const error = await ask().catch((thrown: unknown) => thrown);
        expect(SluiceError.has(error, "CHAIN_EXHAUSTED")).toBe(true);
        expect(sent()).toHaveLength(4);
        expect(error).toMatchObject({
          facts: { attempts: expect.arrayContaining([expect.stringContaining(FIRST)]) },
        });
      },
    ));

  it("comes back soon for the models it had no request left for, when the others were busy", () =>
    withSimulator(
      Array.from({ length: 4 }, () => ({ kind: "http" as const, status: 503 as const })),
      async ({ ask, sent }) => {
        const error = await ask().catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({ code: "MODELS_COOLING", cause: { code: "CHAIN_EXHAUSTED" } });
        expect(sent()).toHaveLength(4);
        expect((await ask()).value).toMatchObject({ total: 120.5 });
        expect(new Set(sent()).size).toBe(5);
      },
    ));

  it("parks with a time when every model that fits is busy", () =>
    withSimulator([{ kind: "upstream-429", retryAfterSeconds: 30 }], async ({ ask, sent }) => {
      const only = { models: [FIRST] };
      await expect(ask(only)).rejects.toMatchObject({ code: "MODELS_COOLING", until: expect.any(Number) });
      await expect(ask(only)).rejects.toMatchObject({ code: "MODELS_COOLING" });
      expect(sent()).toHaveLength(1);
    }));

  it("does not ask a vanished model again, reads the catalogue anew, and never asks for the paid one it is shown", () =>
    withSimulator([{ kind: "vanished" }], async ({ ask, sent, simulator }) => {
      await ask();
      await ask();
      expect(sent().filter((model) => model === FIRST)).toHaveLength(1);
      expect(sent().every((model) => model.endsWith(":free"))).toBe(true);
      expect(simulator.journal.filter(({ path }) => path.endsWith("/models/user"))).toHaveLength(2);
    }));

  it("halts the account on a bad key after one request, and lets nothing out until it is resumed", () =>
    withSimulator([{ kind: "unauthorized-401" }], async ({ ask, sent, models }) => {
      await expect(ask()).rejects.toMatchObject({ code: "ACCOUNT_REFUSED" });
      await expect(ask()).rejects.toMatchObject({ code: "ACCOUNT_HALTED" });
      expect(sent()).toHaveLength(1);
      await models.ledger.resume();
      await ask();
      expect(sent()).toHaveLength(2);
    }));

  it("halts the account when a free model reports a cost", () =>
    withSimulator([{ kind: "cost", cost: 0.01 }], async ({ ask, models }) => {
      await expect(ask()).rejects.toMatchObject({ code: "COST_DETECTED", facts: { cost: 0.01 } });
      expect((await models.ledger.status()).halted).toContain("cost");
      await expect(ask()).rejects.toMatchObject({ code: "ACCOUNT_HALTED" });
    }));

  it("halts the account when the key's spending rises, whatever the replies said", async () => {
    await using simulator = await startSimulator();
    const models = openRouter({ apiKey: KEY, baseUrl: simulator.url });
    await models.syncQuota();
    await models.syncQuota();
    expect((await models.ledger.status()).halted).toBeNull();
    // Another program pays with the same key.
    const init = { method: "POST", headers: { authorization: `Bearer ${KEY}` } };
    const body = { model: FIRST, messages: [{ role: "user", content: "x" }], plugins: [{ id: "web" }] };
    await fetch(`${simulator.url}/chat/completions`, { ...init, body: JSON.stringify(body) });
    await models.syncQuota();
    expect((await models.ledger.status()).halted).toContain("rose from $0 to $0.007");
  });

  it("holds all work on the account's own limit instead of walking the chain", async () => {
    await using simulator = await startSimulator({ limits: { perDay: 1 } });
    const models = openRouter({ apiKey: KEY, baseUrl: simulator.url });
    const call = { meter: new RequestMeter() };
    await models.ask(question(), call);
    await expect(models.ask(question(), call)).rejects.toMatchObject({ code: "QUOTA_CLOSED", why: "day" });
    await expect(models.ask(question(), call)).rejects.toMatchObject({ code: "QUOTA_CLOSED" });
    expect(simulator.journal.filter(({ path }) => path.endsWith("/chat/completions"))).toHaveLength(2);
  });

  it("learns from the server what others have used, without spending a request", async () => {
    // Right after midnight a count is not trusted: it may be yesterday's.
    const clock = new ManualClock(NOON);
    await using simulator = await startSimulator({ limits: { perDay: 3 }, clock: () => clock.now() });
    const first = openRouter({ apiKey: KEY, baseUrl: simulator.url, clock });
    await first.ask(question(), { meter: new RequestMeter() });
    const second = openRouter({ apiKey: KEY, baseUrl: simulator.url, clock });
    await second.syncQuota();
    expect(await second.ledger.status()).toMatchObject({ perDay: 3, usedToday: 1 });
    expect(simulator.usedToday()).toBe(1);
  });

  it("tells whom it would ask for a task, in the order in which it asks them", () =>
    withSimulator([{ kind: "empty" }], async ({ meter, sent, models }) => {
      const [first, second] = await models.candidates("general");
      expect(sent()).toEqual([]);
      await models.ask({ ...question(), answer: undefined, accept: acceptText }, { meter });
      expect(sent()).toEqual([first, second]);
    }));

  it("reads the catalogue anew when told to, and not before its time otherwise", () =>
    withSimulator([], async ({ models, simulator }) => {
      const readings = () => simulator.journal.filter(({ path }) => path.endsWith("/models/user")).length;
      await models.catalogue();
      await models.catalogue();
      expect(readings()).toBe(1);
      expect((await models.catalogue({ refresh: true })).source).toBe("server");
      expect(readings()).toBe(2);
    }));

  it("asks nothing twice: an equal question is answered from the cache", () =>
    withSimulator([], async ({ ask, sent }) => {
      const first = await ask({ cache: true });
      const second = await ask({ cache: true });
      expect(second).toMatchObject({ value: first.value, model: first.model, cached: true });
      expect(sent()).toHaveLength(1);
    }));

  it("buys an answer once for all who ask the same at the same time", async () => {
    await using simulator = await startSimulator({ latencyMs: 50 });
    const models = openRouter({ apiKey: KEY, baseUrl: simulator.url });
    const ask = () => models.ask(question({ cache: true }), { meter: new RequestMeter() });
    const answers = await Promise.all([ask(), ask(), ask(), ask()]);
    expect(answers.filter(({ cached }) => !cached)).toHaveLength(1);
    expect(simulator.usedToday()).toBe(1);
  });

  it("lets the next one ask when the first could not get an answer", () =>
    withSimulator([{ kind: "insufficient-credits-402" }], async ({ ask, sent, models }) => {
      const first = ask({ cache: true });
      await expect(first).rejects.toMatchObject({ code: "ACCOUNT_HALTED" });
      await models.ledger.resume();
      expect(await ask({ cache: true })).toMatchObject({ cached: false });
      expect(sent()).toHaveLength(2);
    }));

  it("puts the schema into the prompt for a model that does not honour one", () =>
    withSimulator([], async ({ ask, simulator }) => {
      const answer = await ask({ models: ["poolside/laguna-s-2.1:free"] });
      expect(answer.value).toMatchObject({ total: 120.5 });
      const body = simulator.journal.find(({ path }) => path.endsWith("/chat/completions"))?.body;
      expect(body).not.toHaveProperty("response_format");
      expect(JSON.stringify(body)).toContain("must fit this JSON schema");
    }));

  it("shows an image only to a model that sees", () =>
    withSimulator([], async ({ ask, simulator }) => {
      const url = "data:image/png;base64,iVBORw0KGgo=";
      const content = [
        { type: "text" as const, text: "Total: 7 EUR of ACME" },
        { type: "image_url" as const, image_url: { url } },
      ];
      const { model } = await ask({ messages: [{ role: "user", content }] });
      const asked = (await simulator.journal.at(-1))?.body;
      expect(JSON.stringify(asked)).toContain("image_url");
      expect(model).toMatch(/qwen|gemma|dots|omni/);
    }));

  it("sends the zero price limit and the disabled web plugin with every request", () =>
    withSimulator([{ kind: "http", status: 503 }], async ({ ask, simulator }) => {
      await ask();
      for (const { body } of simulator.journal.filter(({ path }) => path.endsWith("/chat/completions"))) {
        expect(body).toMatchObject({
          provider: { max_price: { prompt: 0, completion: 0, request: 0, image: 0 } },
          plugins: [{ id: "web", enabled: false }],
        });
      }
    }));

  it("asks for nothing once the only model of a step has got a price", () =>
    withSimulator([], async ({ ask, models, simulator, sent }) => {
      await models.catalogue();
      await expect(ask({ models: ["qwen/qwen3.8-27b"] })).rejects.toMatchObject({ code: "NO_CANDIDATE" });
      expect(sent()).toEqual([]);
      expect(simulator.usedToday()).toBe(0);
    }));

  it("refuses a run that asks without end", () =>
    withSimulator([], async ({ models }) => {
      const call = { meter: new RequestMeter({ budget: 2 }) };
      await models.ask(question(), call);
      await models.ask(question(), call);
      await expect(models.ask(question(), call)).rejects.toMatchObject({ code: "REQUEST_BUDGET" });
    }));

  it("lets an answer be heard while it is written, and gives the same one", () =>
    withSimulator([], async ({ models, simulator }) => {
      const heard: string[] = [];
      const call = { meter: new RequestMeter(), onToken: (text: string) => void heard.push(text) };
      const text =
        "All human beings are born free and equal. They are endowed with reason and conscience. ".repeat(5);
      const messages = [{ role: "user" as const, content: text }];
      const answer = await models.ask(
        { ...question(), messages, answer: undefined, accept: acceptText },
        call,
      );
      expect(heard.length).toBeGreaterThan(1);
      expect(heard.join("")).toBe(answer.value);
      expect(simulator.journal.at(-1)?.body).toMatchObject({ stream: true });
    }));

  it.each<[string, Fault]>([
    ["an error in the middle", { kind: "sse-error" }],
    ["a stream that is cut", { kind: "sse-cut" }],
    ["a busy model", { kind: "upstream-429" }],
    ["an error inside a 200", { kind: "error-in-200" }],
  ])("asks the next model after %s, and takes no half answer", (_what, fault) =>
    withSimulator([fault], async ({ models, sent }) => {
      const outcomes: string[] = [];
      const call = {
        meter: new RequestMeter(),
        onToken: () => {},
        onAttempt: ({ outcome }: AttemptReport) => void outcomes.push(outcome),
      };
      const answer = await models.ask({ ...question(), answer: undefined, accept: acceptText }, call);
      expect(answer.value.length).toBeGreaterThan(0);
      expect(outcomes).toEqual([expect.not.stringMatching("ok"), "ok"]);
      expect(new Set(sent()).size).toBe(2);
    }),
  );

  it("stops at once with the caller's own reason", () =>
    withSimulator([{ kind: "hang" }], async ({ models, simulator }) => {
      const controller = new AbortController();
      const asked = models.ask(question(), { meter: new RequestMeter(), signal: controller.signal });
      await expect
        .poll(() => simulator.journal.some(({ path }) => path.endsWith("/chat/completions")))
        .toBe(true);
      controller.abort(new Error("the user left"));
      await expect(asked).rejects.toThrow("the user left");
    }));

  it("leaves no listener on a signal that many questions share", () =>
    withSimulator([], async ({ models }) => {
      await models.syncQuota();
      const { signal } = new AbortController();
      const call = { meter: new RequestMeter({ budget: 300 }), signal };
      for (let n = 0; n < 200; n++) await models.ask(question(), call);
      expect(getEventListeners(signal, "abort").length).toBeLessThanOrEqual(1);
    }));

  it("gives back what provably never left, when no server is there", async () => {
    const simulator = await startSimulator();
    const models = openRouter({ apiKey: KEY, baseUrl: simulator.url, clock: new ManualClock(Date.now()) });
    await models.catalogue();
    await simulator.close();
    const meter = new RequestMeter();
    await expect(models.ask(question(), { meter })).rejects.toMatchObject({ code: "SERVER_UNREACHABLE" });
    expect(meter.usage().requests).toBe(0);
    expect((await models.ledger.status()).usedToday).toBe(0);
  });

  it("shows the key in no error", () =>
    withSimulator([{ kind: "unauthorized-401" }], async ({ ask }) => {
      const error = await ask().catch((thrown: unknown) => thrown);
      expect(JSON.stringify(error) + String(error)).not.toContain("CANARY");
    }));

  it.each(["http://example.com/api/v1", "ftp://127.0.0.1", "nonsense"])(
    "refuses the address %s",
    (baseUrl) => {
      expect(() => openRouter({ apiKey: KEY, baseUrl })).toThrow(
        /must be https, or plain http on 127\.0\.0\.1/,
      );
    },
  );
});
