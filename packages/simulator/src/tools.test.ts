import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { chat, MODEL } from "../test/chat-client.ts";
import type { Fault } from "./faults.ts";
import { type Simulator, startSimulator } from "./simulator.ts";

const call = z.looseObject({
  id: z.string(),
  function: z.object({ name: z.string(), arguments: z.string() }),
});

const completion = z.looseObject({
  choices: z.tuple([
    z.looseObject({
      finish_reason: z.string(),
      message: z.looseObject({ content: z.string().nullable(), tool_calls: z.array(call).default([]) }),
    }),
  ]),
});

type Message = Record<string, unknown>;

function tool(name: string, description: string, properties: Record<string, unknown>) {
  const parameters = { type: "object", properties, required: Object.keys(properties) };
  return { type: "function", function: { name, description, parameters } };
}

const WEATHER = tool("get_weather", "The weather of a city", { city: { type: "string" } });
const FLIGHTS = tool("find_flights", "Flights to a city", { city: { type: "string" } });
const TOOLS = [WEATHER, FLIGHTS];

const ANSWER_SCHEMA = {
  type: "object",
  properties: { temperature: { type: "number" }, summary: { type: "string", minLength: 1 } },
  required: ["temperature", "summary"],
  additionalProperties: false,
};
const QUESTION = { role: "user", content: "How is the weather in Paris?" };
const BOTH = { role: "user", content: "How is the weather in Paris, and which flights go there?" };
const RESULT = "Paris: temperature 21 degrees, some clouds.";

let simulator: Simulator;

beforeEach(async () => {
  simulator = await startSimulator({ limits: { perMinute: 1_000, perDay: 1_000 } });
});

afterEach(() => simulator.close());

async function ask(messages: Message[], body: Record<string, unknown> = {}) {
  const response = await chat(simulator, { messages, tools: TOOLS, ...body });
  expect(response.status).toBe(200);
  const [{ finish_reason: finish, message }] = completion.parse(await response.json()).choices;
  return {
    finish,
    message,
    calls: message.tool_calls,
    names: message.tool_calls.map((made) => made.function.name),
  };
}

type Asked = Awaited<ReturnType<typeof ask>>;

/** The conversation after every call of an answer was carried out. */
function afterTools(messages: Message[], { message, calls }: Asked, result = RESULT): Message[] {
  const results = calls.map(({ id }) => ({ role: "tool", tool_call_id: id, content: result }));
  return [...messages, message, ...results];
}

describe("a request with tools", () => {
  test("leads to a call whose arguments follow the tool's schema", async () => {
    const { finish, message, calls } = await ask([QUESTION]);
    expect(finish).toBe("tool_calls");
    expect(message.content).toBeNull();
    expect(calls).toMatchObject([{ type: "function", function: { name: "get_weather" } }]);
    expect(JSON.parse(calls[0]?.function.arguments ?? "")).toEqual({ city: "Paris" });
  });

  const inFormat = {
    response_format: { type: "json_schema", json_schema: { name: "a", schema: ANSWER_SCHEMA } },
  };
  const system = { role: "system", content: `Answer in this JSON schema:\n${JSON.stringify(ANSWER_SCHEMA)}` };

  test.each<[string, Message[], Record<string, unknown>]>([
    ["response_format", [QUESTION], inFormat],
    ["a system message", [system, QUESTION], {}],
  ])("ends, after the tool's result, in an answer that fits the schema of %s", async (_, messages, body) => {
    const first = await ask(messages, body);
    expect(first.names).toEqual(["get_weather"]);
    const last = await ask(afterTools(messages, first), body);
    expect(last.finish).toBe("stop");
    expect(last.calls).toEqual([]);
    const value: unknown = JSON.parse(last.message.content ?? "null");
    expect(z.fromJSONSchema(JSON.parse(JSON.stringify(ANSWER_SCHEMA))).safeParse(value).success).toBe(true);
    expect(value).toMatchObject({ temperature: 21 });
  });

  test("is the same in every run", async () => {
    const first = await ask([QUESTION]);
    await simulator.close();
    simulator = await startSimulator();
    expect((await ask([QUESTION])).calls[0]?.function).toEqual(first.calls[0]?.function);
  });

  test("gets a call again with the next question, and none when only a repair is asked for", async () => {
    const first = await ask([QUESTION]);
    const done = [...afterTools([QUESTION], first), { role: "assistant", content: "It is mild." }];
    expect((await ask([...done, QUESTION])).names).toEqual(["get_weather"]);
    const repair = { role: "user", content: "That answer is not valid JSON. Answer again." };
    expect((await ask([...done, repair])).names).toEqual([]);
  });

  test("gets several calls at once when it allows them in so many words", async () => {
    expect((await ask([BOTH])).names).toHaveLength(1);
    expect((await ask([BOTH], { parallel_tool_calls: false })).names).toHaveLength(1);
    const first = await ask([BOTH], { parallel_tool_calls: true });
    expect(first.names.sort()).toEqual(["find_flights", "get_weather"]);
    expect(new Set(first.calls.map(({ id }) => id)).size).toBe(2);
    const last = await ask(afterTools([BOTH], first), { parallel_tool_calls: true });
    expect(last.calls).toEqual([]);
    expect(last.message.content).toContain("21 degrees");
  });

  test("gets the call it forces, whatever the question says", async () => {
    const hello = [{ role: "user", content: "Hello." }];
    const forced = { tool_choice: { type: "function", function: { name: "find_flights" } } };
    expect((await ask(hello)).names).toEqual([]);
    expect((await ask(hello, forced)).names).toEqual(["find_flights"]);
    expect((await ask(hello, { tool_choice: "required" })).names).toHaveLength(1);
    expect((await ask([QUESTION], { tool_choice: "none" })).names).toEqual([]);
  });

  test("streams a call in pieces that add up to it", async () => {
    const text = await (await chat(simulator, { messages: [QUESTION], tools: TOOLS, stream: true })).text();
    const piece = z.object({
      index: z.int(),
      id: z.string().optional(),
      function: z.object({ name: z.string().optional(), arguments: z.string() }),
    });
    const chunk = z.looseObject({
      choices: z.array(z.looseObject({ delta: z.looseObject({ tool_calls: z.array(piece).default([]) }) })),
    });
    const lines = text.split("\n\n").filter((line) => line.startsWith("data: {"));
    const pieces = lines
      .flatMap((line) => chunk.parse(JSON.parse(line.slice("data: ".length))).choices)
      .flatMap(({ delta }) => delta.tool_calls);
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.map((part) => part.id !== undefined)).toEqual([true, ...pieces.slice(1).map(() => false)]);
    expect(JSON.parse(pieces.map((part) => part.function.arguments).join(""))).toEqual({ city: "Paris" });
    expect(text).toContain('"finish_reason":"tool_calls"');
  });
});

describe("a conversation that no provider would take", () => {
  const calls = [{ id: "c1", type: "function", function: { name: "get_weather", arguments: "{}" } }];
  const called = { role: "assistant", content: null, tool_calls: calls };
  const result = (id: string) => ({ role: "tool", tool_call_id: id, content: RESULT });

  test.each<[string, Message[], Record<string, unknown>, RegExp]>([
    ["a call without a result", [QUESTION, called], {}, /c1 has no tool message/],
    ["a call that is passed over", [QUESTION, called, QUESTION], {}, /c1 has no tool message/],
    ["a result without a call", [QUESTION, result("c1")], {}, /follows no such tool call/],
    [
      "a second result for one call",
      [QUESTION, called, result("c1"), result("c1")],
      {},
      /follows no such tool call/,
    ],
    [
      "a choice among no such tools",
      [QUESTION],
      { tool_choice: { type: "function", function: { name: "absent" } } },
      /tool_choice names absent/,
    ],
  ])("is refused: %s", async (_, messages, body, text) => {
    const response = await chat(simulator, { messages, tools: TOOLS, ...body });
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(text);
  });
});

describe("faults of tool calls", () => {
  const hello = [{ role: "user", content: "Hello." }];

  async function play(fault: Fault, body: Record<string, unknown> = {}) {
    simulator.script(MODEL, fault);
    const asked = await ask(hello, body);
    simulator.assertScriptsSpent();
    return asked;
  }

  test("an empty text of arguments", async () => {
    const { finish, calls } = await play({ kind: "empty-tool-arguments" });
    expect(finish).toBe("tool_calls");
    expect(calls.map((made) => made.function.arguments)).toEqual([""]);
  });

  test("arguments that are not JSON", async () => {
    const [made] = (await play({ kind: "malformed-tool-arguments" })).calls;
    expect(made?.function.arguments).not.toBe("");
    expect(() => JSON.parse(made?.function.arguments ?? "{}")).toThrow(SyntaxError);
  });

  test("a tool that the request does not offer", async () => {
    expect((await play({ kind: "unknown-tool" })).names).toEqual(["no_such_tool"]);
    expect((await play({ kind: "unknown-tool", name: "rm_rf" })).names).toEqual(["rm_rf"]);
  });

  test("arguments that the limit of tokens cut", async () => {
    const { finish, calls } = await play({ kind: "truncated" }, { tool_choice: "required" });
    expect(finish).toBe("length");
    expect(() => JSON.parse(calls[0]?.function.arguments ?? "{}")).toThrow(SyntaxError);
  });

  test("a model that never stops calling", async () => {
    let messages: Message[] = [QUESTION];
    simulator.script(MODEL, { kind: "endless-tool-calls" });
    for (let round = 0; round < 12; round++) {
      const asked = await ask(messages);
      expect(asked.calls, `round ${round}`).toHaveLength(1);
      messages = afterTools(messages, asked);
    }
    expect((await ask(messages, { tool_choice: "none" })).calls).toEqual([]);
    const response = await chat(simulator, { messages: hello });
    expect(await response.text()).not.toContain("tool_calls");
  });

  test("leave an answer as it is where no tool is offered", async () => {
    simulator.script(MODEL, { kind: "unknown-tool" });
    const response = await chat(simulator);
    expect(await response.json()).toMatchObject({ choices: [{ finish_reason: "stop" }] });
  });
});
