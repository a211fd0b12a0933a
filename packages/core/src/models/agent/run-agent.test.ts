import { getEventListeners } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { awaitAllCallbacks } from "@langchain/core/callbacks/promises";
import { startSimulator } from "@sluice/simulator";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { QuotaClosedError } from "../../errors/quota-errors.ts";
import { chatModel } from "../openrouter/chat-model.ts";
import { openRouter } from "../openrouter/openrouter.ts";
import { RequestMeter } from "../request-meter.ts";
import { type ScriptedReply, type ScriptedServer, startScriptedServer } from "../scripted-server.fixture.ts";
import { acceptStructured, acceptText } from "../structured/accept-answer.ts";
import { answerSchema } from "../structured/answer-schema.ts";
import type { AgentContext, AgentTask, AgentTool, Remember } from "./agent-task.ts";
import { runAgent } from "./run-agent.ts";

const parameters = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };

function weatherTool(call: AgentTool["call"] = async () => ({ sky: "rain" })): AgentTool {
  return { name: "get_weather", description: "Tells the weather of a city", parameters, call };
}

function task(more: Partial<AgentTask<string>> = {}): AgentTask<string> {
  return {
    system: "You tell the weather.",
    messages: [{ role: "user", content: "What is the weather in Berlin?" }],
    tools: [weatherTool()],
    accept: acceptText,
    maxSteps: 4,
    task: "general",
    temperature: 0,
    maxOutputTokens: 500,
    maxRepairs: 1,
    cache: false,
    ...more,
  };
}

const callOf = (city: string): NonNullable<ScriptedReply["calls"]>[number] => ({
  name: "get_weather",
  arguments: JSON.stringify({ city }),
});
const asksFor = (...cities: string[]): ScriptedReply => ({ calls: cities.map(callOf) });

interface Agent {
  server: ScriptedServer;
  context: AgentContext;
}

async function withScript(script: ScriptedReply[], body: (agent: Agent) => Promise<void>): Promise<void> {
  await using server = await startScriptedServer(...script);
  const rules = { perMinute: 1_000, perDay: 1_000, gapMs: 0 };
  const layer = openRouter({ apiKey: "k", baseUrl: server.url, rules });
  await body({ server, context: { layer, call: { meter: new RequestMeter() } } });
}

/** What the model was told by the tools, in the last request. */
function toldBy(server: ScriptedServer): string[] {
  const messages = server.bodies.at(-1)?.messages ?? [];
  return messages.flatMap((message) => (message.role === "tool" ? [message.content] : []));
}

/** Keeps what is remembered as a store would: as JSON text. */
function store(): { remember: Remember; kept: Map<string, string> } {
  const kept = new Map<string, string>();
  const remember: Remember = async (key, produce) => {
    const known = kept.get(key);
    if (known !== undefined) return JSON.parse(known);
    kept.set(key, JSON.stringify(await produce()));
    return JSON.parse(kept.get(key) ?? "");
  };
  return { remember, kept };
}

describe("an agent", () => {
  it("calls a tool, tells its result, and answers: two turns are two requests", async () => {
    await using simulator = await startSimulator();
    const layer = openRouter({ apiKey: "k", baseUrl: simulator.url });
    const seen: unknown[] = [];
    const tools = [weatherTool(async (args) => void seen.push(args))];
    const meter = new RequestMeter();
    const answer = await runAgent(task({ tools }), { layer, call: { meter } });
    expect(answer).toMatchObject({
      value: expect.any(String),
      model: expect.stringMatching(/:free$/),
      cached: false,
    });
    expect(seen).toEqual([{ city: "Berlin" }]);
    expect(simulator.usedToday()).toBe(2);
    expect(meter.usage().requests).toBe(2);
  });

  it("asks the next model when one is busy", async () => {
    await using simulator = await startSimulator();
    simulator.script("*", { kind: "upstream-429" });
    const layer = openRouter({ apiKey: "k", baseUrl: simulator.url });
    await runAgent(task(), { layer, call: { meter: new RequestMeter() } });
    expect(simulator.usedToday()).toBe(3);
  });

  it("has broken arguments repaired by the layer, with one request more", async () => {
    await using simulator = await startSimulator();
    simulator.script("*", { kind: "malformed-tool-arguments" });
    const layer = openRouter({ apiKey: "k", baseUrl: simulator.url });
    await runAgent(task(), { layer, call: { meter: new RequestMeter() } });
    expect(simulator.usedToday()).toBe(3);
  });

  it("calls several tools of one turn and tells their results in order", () =>
    withScript([asksFor("Berlin", "Rome"), { text: "Wet and dry." }], async ({ server, context }) => {
      const tools = [weatherTool(async (args) => args)];
      const answer = await runAgent(task({ tools }), context);
      expect(answer.value).toBe("Wet and dry.");
      expect(answer.usage).toEqual({ promptTokens: 14, completionTokens: 6 });
      expect(toldBy(server)).toEqual(['{"city":"Berlin"}', '{"city":"Rome"}']);
    }));

  it("goes on after a call without arguments, which would end an agent silently", () =>
    withScript(
      [{ calls: [{ name: "now", arguments: "" }] }, { text: "Noon." }],
      async ({ server, context }) => {
        const now = {
          name: "now",
          description: "The time",
          parameters: { type: "object" },
          call: async () => "12:00",
        };
        expect((await runAgent(task({ tools: [now] }), context)).value).toBe("Noon.");
        expect(toldBy(server)).toEqual(["12:00"]);
      },
    ));

  it("has a call of an unknown tool repaired without calling anything", () =>
    withScript(
      [{ calls: [{ name: "launch", arguments: "{}" }] }, { text: "Sorry." }],
      async ({ server, context }) => {
        expect((await runAgent(task(), context)).value).toBe("Sorry.");
        expect(server.bodies).toHaveLength(2);
        expect(JSON.stringify(server.bodies[1])).toContain('There is no tool \\"launch\\"');
      },
    ));

  it("keeps keys that reach a prototype from its tools", () =>
    withScript(
      [
        { calls: [{ name: "get_weather", arguments: '{"city":"Rome","__proto__":{"polluted":1}}' }] },
        { text: "Done." },
      ],
      async ({ context }) => {
        const seen: unknown[] = [];
        await runAgent(
          task({ tools: [weatherTool(async (args) => void seen.push(JSON.stringify(args)))] }),
          context,
        );
        expect(seen).toEqual(['{"city":"Rome"}']);
      },
    ));

  it("is told the schema of its answer, and has a wrong one repaired", () =>
    withScript(
      [asksFor("Berlin"), { text: "It rains." }, { text: '{"rain":true}' }],
      async ({ server, context }) => {
        const schema = z.object({ rain: z.boolean() });
        const { value } = await runAgent(
          { ...task(), accept: acceptStructured(schema), answer: answerSchema(schema, "test") },
          context,
        );
        expect(value).toEqual({ rain: true });
        expect(server.bodies).toHaveLength(3);
        expect(server.bodies[0]?.messages[0]).toMatchObject({
          role: "system",
          content: expect.stringMatching(/^You tell the weather\.\n\n.*must fit this JSON schema.*"rain"/s),
        });
        expect(server.bodies[0]).not.toHaveProperty("response_format");
      },
    ));

  it("asks nobody for what the cache has, in any turn", () =>
    withScript([asksFor("Berlin"), { text: "Rain." }], async ({ server, context }) => {
      await runAgent(task({ cache: true }), context);
      expect(await runAgent(task({ cache: true }), context)).toMatchObject({ value: "Rain.", cached: true });
      expect(server.bodies).toHaveLength(2);
    }));

  it("takes up a conversation in which tools were called before", () =>
    withScript([{ text: "Still rain." }], async ({ server, context }) => {
      const called = {
        id: "old",
        type: "function" as const,
        function: { name: "get_weather", arguments: "{}" },
      };
      const messages: AgentTask<string>["messages"] = [
        { role: "user", content: [{ type: "text", text: "And now?" }] },
        { role: "assistant", content: "", tool_calls: [called] },
        { role: "tool", content: "rain", tool_call_id: "old" },
      ];
      await runAgent(task({ messages, system: null }), context);
      expect(server.bodies[0]?.messages).toEqual(messages);
    }));

  it("stops at its limit of turns", () =>
    withScript([asksFor("A"), asksFor("B"), asksFor("C")], async ({ server, context }) => {
      const calls: unknown[] = [];
      const tools = [weatherTool(async (args) => void calls.push(args))];
      const run = runAgent(task({ tools, maxSteps: 2 }), context);
      await expect(run).rejects.toMatchObject({
        code: "AGENT_STEPS",
        verdict: "final",
        facts: { maxSteps: 2 },
      });
      expect(server.bodies).toHaveLength(2);
    }));

  it("takes as many turns as it may, far more than LangChain allows by itself", () =>
    withScript(
      [...Array.from({ length: 30 }, (_, n) => asksFor(`City ${n}`)), { text: "Done." }],
      async ({ context }) => {
        const call = { meter: new RequestMeter({ budget: 100 }) };
        expect((await runAgent(task({ maxSteps: 31 }), { ...context, call })).value).toBe("Done.");
      },
    ));

  it.each(["extract-total", "two words", ""])("refuses the tool name %j before it asks anything", (name) =>
    withScript([], async ({ server, context }) => {
      const run = runAgent(task({ tools: [{ ...weatherTool(), name }] }), context);
      await expect(run).rejects.toMatchObject({ code: "PIPELINE_INVALID" });
      expect(server.paths).toEqual([]);
    }),
  );

  it("lets the layer's errors through as they are", () =>
    withScript([{ status: 401 }], async ({ context }) => {
      await expect(runAgent(task(), context)).rejects.toMatchObject({ code: "ACCOUNT_REFUSED" });
    }));

  it("may run another agent inside a tool", () =>
    withScript(
      [asksFor("Berlin"), asksFor("Rome"), { text: "inner" }, { text: "outer" }],
      async ({ server, context }) => {
        const inner = weatherTool(async () => (await runAgent(task(), context)).value);
        expect((await runAgent(task({ tools: [inner] }), context)).value).toBe("outer");
        expect(toldBy(server)).toEqual(["inner"]);
      },
    ));
});

describe("a tool that fails", () => {
  const failing: Array<[string, unknown, string]> = [
    ["its message", new Error("No such city."), "The tool failed: No such city."],
    [
      "no path",
      new Error("ENOENT: no such file or directory, open '/home/someone/keys/secret.txt'"),
      "The tool failed: ENOENT: no such file or directory, open '(path)'",
    ],
    ["no stack", new Error(`Broken\n    at call (${import.meta.url}:1:1)`), "The tool failed: Broken"],
    [
      "what fits",
      new Error("long ".repeat(1_000)),
      `The tool failed: ${"long ".repeat(1_000)}`.slice(0, 200),
    ],
    ["that there is no reason", undefined, "The tool failed: no reason given"],
    [
      "its own check in words",
      z.object({ city: z.number() }).safeParse({ city: "x" }).error,
      "expected number",
    ],
  ];

  it.each(failing)("tells the model %s, and the agent goes on", (_what, error, told) =>
    withScript([asksFor("Berlin"), { text: "I could not." }], async ({ server, context }) => {
      const tools = [weatherTool(() => Promise.reject(error))];
      expect((await runAgent(task({ tools }), context)).value).toBe("I could not.");
      const [text = ""] = toldBy(server);
      expect(text).toContain(told);
      expect(text.length).toBeLessThanOrEqual(200);
      expect(JSON.stringify(server.bodies)).not.toMatch(/\.ts:|node_modules|secret\.txt/);
    }),
  );

  it("tells a result that is no JSON as a failure", () =>
    withScript([asksFor("Berlin"), { text: "Done." }], async ({ server, context }) => {
      await runAgent(task({ tools: [weatherTool(async () => 1n)] }), context);
      expect(toldBy(server)).toEqual([expect.stringMatching(/^The tool failed: .*BigInt/)]);
    }));

  it("ends the agent when the whole run is concerned", () =>
    withScript([asksFor("Berlin"), { text: "never" }], async ({ server, context }) => {
      const closed = new QuotaClosedError(Date.now() + 60_000, "day");
      const run = runAgent(task({ tools: [weatherTool(() => Promise.reject(closed))] }), context);
      await expect(run).rejects.toBe(closed);
      expect(server.bodies).toHaveLength(1);
    }));
});

describe("an agent that is resumed", () => {
  it("asks and calls nothing twice, wherever it stopped", () =>
    withScript(
      [asksFor("Berlin", "Rome"), { text: "no JSON" }, { text: '{"rain":true}' }],
      async ({ server, context }) => {
        const schema = z.object({ rain: z.boolean() });
        const calls: unknown[] = [];
        const asked = {
          ...task({ tools: [weatherTool(async (args) => void calls.push(args))] }),
          accept: acceptStructured(schema),
        };
        const { remember, kept } = store();
        const first = await runAgent(asked, { ...context, remember });
        expect([...kept.keys()].sort()).toEqual(["tool/0/0", "tool/0/1", "turn/0", "turn/1"]);
        expect(await runAgent(asked, { ...context, remember })).toEqual(first);
        expect(server.bodies).toHaveLength(3);
        expect(calls).toHaveLength(2);
      },
    ));

  it("goes on behind the last thing it has recorded", () =>
    withScript([asksFor("Berlin", "Rome"), { text: "Rain." }], async ({ server, context }) => {
      const { remember, kept } = store();
      const calls: string[] = [];
      const dying = weatherTool(async (args) => {
        calls.push(JSON.stringify(args));
        return "rain";
      });
      const failOnce: Remember = (key, produce) =>
        key === "tool/0/1" ? Promise.reject(new Error("the store is away")) : remember(key, produce);
      const run = runAgent(task({ tools: [dying] }), { ...context, remember: failOnce });
      await expect(run).rejects.toThrow("the store is away");
      expect([...kept.keys()]).toContain("turn/0");
      const { value } = await runAgent(task({ tools: [dying] }), { ...context, remember });
      expect(value).toBe("Rain.");
      expect(server.bodies).toHaveLength(2);
      expect(calls.filter((city) => city.includes("Rome"))).toHaveLength(1);
    }));

  it("adopts what somebody else has recorded first", () =>
    withScript([{ text: "ours" }], async ({ context }) => {
      const usage = { promptTokens: 1, completionTokens: 1 };
      const theirs = { text: "theirs", toolCalls: [], model: "x/y:free", cached: false, usage };
      const remember: Remember = async (_key, produce) => {
        await produce();
        return theirs;
      };
      expect(await runAgent(task(), { ...context, remember })).toMatchObject({
        value: "theirs",
        model: "x/y:free",
      });
    }));

  it("says so when what was recorded cannot be read", () =>
    withScript([], async ({ context }) => {
      const run = runAgent(task(), { ...context, remember: async () => ({ text: 7 }) });
      await expect(run).rejects.toMatchObject({ code: "CHECKPOINT_INVALID" });
    }));
});

describe("an agent that is aborted", () => {
  it("ends at once with the caller's reason, also when a tool does not listen", () =>
    withScript([asksFor("Berlin"), { text: "never" }], async ({ server, context }) => {
      const controller = new AbortController();
      let started = false;
      const deaf = weatherTool(() => {
        started = true;
        return new Promise(() => {});
      });
      const call = { ...context.call, signal: controller.signal };
      const run = runAgent(task({ tools: [deaf] }), { ...context, call }).catch((thrown: unknown) => thrown);
      await expect.poll(() => started).toBe(true);
      const reason = new Error("the user left");
      const abortedAt = Date.now();
      controller.abort(reason);
      expect(await run).toBe(reason);
      expect(Date.now() - abortedAt).toBeLessThan(1_000);
      expect(server.bodies).toHaveLength(1);
    }));

  it("ends while a model is asked, and records no failure of a tool", async () => {
    await using simulator = await startSimulator();
    simulator.script("*", { kind: "hang" });
    const controller = new AbortController();
    const { remember, kept } = store();
    const call = { meter: new RequestMeter(), signal: controller.signal };
    const layer = openRouter({ apiKey: "k", baseUrl: simulator.url });
    const run = runAgent(task(), { layer, call, remember });
    await expect.poll(() => simulator.usedToday()).toBe(1);
    controller.abort(new Error("the user left"));
    await expect(run).rejects.toThrow("the user left");
    expect(kept.size).toBe(0);
  });

  it("tells its tools", () =>
    withScript([asksFor("Berlin")], async ({ context }) => {
      const controller = new AbortController();
      let heard: unknown;
      const listening = weatherTool(async (_args, { signal }) => {
        signal.addEventListener("abort", () => (heard = signal.reason));
        controller.abort(new Error("the user left"));
      });
      const call = { ...context.call, signal: controller.signal };
      await expect(runAgent(task({ tools: [listening] }), { ...context, call })).rejects.toThrow(
        "the user left",
      );
      expect(heard).toBe(controller.signal.reason);
    }));

  it("leaves no listener on a signal that 200 agents share", () =>
    withScript([asksFor("Berlin"), { text: "Rain." }], async ({ context }) => {
      const { signal } = new AbortController();
      const call = { ...context.call, signal };
      for (let n = 0; n < 200; n++) await runAgent(task({ cache: true }), { ...context, call });
      expect(getEventListeners(signal, "abort")).toEqual([]);
    }));
});

const ENVIRONMENT = ["OPENAI_BASE_URL", "OPENAI_API_BASE", "LANGSMITH_GATEWAY", "LANGSMITH_ENDPOINT"];
const TRACING = ["LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING_V2"];

it("sends nothing anywhere else, whatever the environment says of OpenAI and LangSmith", async () => {
  const asked: string[] = [];
  const trap = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.end("{}");
  });
  await new Promise<void>((resolve) => trap.listen(0, "127.0.0.1", resolve));
  const { port } = trap.address() as AddressInfo;
  for (const name of ENVIRONMENT) vi.stubEnv(name, `http://127.0.0.1:${port}`);
  for (const name of TRACING) vi.stubEnv(name, "true");
  for (const name of ["OPENAI_API_KEY", "LANGSMITH_API_KEY"]) vi.stubEnv(name, "CANARY");
  try {
    await withScript(
      [asksFor("Berlin"), { text: "Rain." }, { text: "traced" }],
      async ({ server, context }) => {
        await runAgent(task(), context);
        await awaitAllCallbacks();
        expect(server.bodies).toHaveLength(2);
        expect(asked).toEqual([]);
        // The trap works: a chat model in a user's own code is traced, as its user has asked.
        await chatModel(context.layer).invoke("hello");
        await expect.poll(() => asked.length).toBeGreaterThan(0);
        await awaitAllCallbacks();
      },
    );
  } finally {
    vi.unstubAllEnvs();
    trap.closeAllConnections();
    trap.close();
  }
});
