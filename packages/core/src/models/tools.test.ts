import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import type { AnswerMessage } from "./answer-message.ts";
import { type ChatMessage, callsOf } from "./chat.ts";
import { judgeAnswer } from "./judge-answer.ts";
import type { CallContext, ModelRequest } from "./model-request.ts";
import { type OpenRouter, openRouter } from "./openrouter/openrouter.ts";
import { RequestMeter } from "./request-meter.ts";
import { type ScriptedReply, type ScriptedServer, startScriptedServer } from "./scripted-server.fixture.ts";
import { acceptStructured } from "./structured/accept-answer.ts";
import { answerSchema } from "./structured/answer-schema.ts";
import { repairMessages } from "./structured/repair.ts";
import type { ToolSpec } from "./tool.ts";

const weather: ToolSpec = {
  name: "get_weather",
  description: "The weather of a city.",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};
const inBerlin = { name: "get_weather", arguments: '{"city":"Berlin"}' };
const asIs = (answer: AnswerMessage) => ({ ok: true as const, value: answer });

type Question = ModelRequest<AnswerMessage>;

const question: Question = {
  messages: [{ role: "user", content: "Is it raining in Berlin?" }],
  task: "general",
  tools: [weather],
  accept: asIs,
  temperature: 0,
  maxOutputTokens: 500,
  maxRepairs: 1,
  cache: false,
};

interface Asked {
  server: ScriptedServer;
  models: OpenRouter;
  ask(
    more?: Partial<Question>,
    call?: Partial<CallContext>,
  ): Promise<{ value: AnswerMessage; cached: boolean }>;
}

async function withScript(script: ScriptedReply[], body: (asked: Asked) => Promise<void>): Promise<void> {
  await using server = await startScriptedServer(...script);
  const models = openRouter({ apiKey: "k", baseUrl: server.url });
  const ask: Asked["ask"] = (more, call) =>
    models.ask({ ...question, ...more }, { meter: new RequestMeter(), ...call });
  await body({ server, models, ask });
}

const broken: Array<[string, ScriptedReply]> = [
  ["arguments that are no JSON", { calls: [{ name: "get_weather", arguments: '{"city":"Ber' }] }],
  ["arguments that are no object", { calls: [{ name: "get_weather", arguments: "[1]" }] }],
  ["a tool that was not offered", { calls: [{ name: "launch", arguments: "{}" }] }],
  ["a call without a name", { calls: [{ name: "", arguments: "{}" }] }],
];

describe("tools in the model layer", () => {
  it("are offered to a model, and its calls are its answer", () =>
    withScript([{ calls: [{ ...inBerlin, id: "c1" }] }], async ({ server, ask }) => {
      const { value } = await ask();
      expect(value).toEqual({ text: "", toolCalls: [{ id: "c1", ...inBerlin }] });
      expect(server.bodies).toMatchObject([{ tools: [{ type: "function", function: weather }] }]);
      expect(server.bodies[0]).not.toHaveProperty("tool_choice");
    }));

  it("are never offered to a model that knows none", () =>
    withScript([{ text: "yes" }, { text: "yes" }], async ({ server, ask }) => {
      await ask();
      await ask({ tools: undefined });
      expect(server.bodies.map(({ model }) => model)).toEqual([
        "test/unforced-200b:free",
        "test/toolless-300b:free",
      ]);
    }));

  it("are asked of the next model when one is busy", () =>
    withScript([{ status: 503 }, { calls: [inBerlin] }], async ({ server, ask }) => {
      expect((await ask()).value.toolCalls).toHaveLength(1);
      expect(new Set(server.bodies.map(({ model }) => model)).size).toBe(2);
    }));

  it.each([
    ["nothing", ""],
    ["null", null],
    ["white space", "  "],
  ])("may be called with %s for arguments where there are none", (_what, sent) =>
    withScript([{ calls: [{ name: "get_weather", arguments: sent }] }], async ({ server, ask }) => {
      expect((await ask()).value.toolCalls).toMatchObject([{ arguments: "{}" }]);
      expect(server.bodies).toHaveLength(1);
    }),
  );

  it("keep two calls apart that came with the same id", () =>
    withScript(
      [
        {
          calls: [
            { ...inBerlin, id: "" },
            { ...inBerlin, id: "" },
          ],
        },
      ],
      async ({ ask }) => {
        const ids = (await ask()).value.toolCalls.map(({ id }) => id);
        expect(new Set(ids).size).toBe(2);
        expect(ids).not.toContain("");
      },
    ));

  it.each(broken)("have %s repaired once by the same model", (_what, reply) =>
    withScript([reply, { calls: [inBerlin] }], async ({ server, ask, models }) => {
      expect((await ask()).value.toolCalls).toMatchObject([inBerlin]);
      const [first, second] = server.bodies;
      expect(second?.model).toBe(first?.model);
      expect(second?.messages).toHaveLength(3);
      expectValid(second?.messages ?? []);
      expect((await models.ledger.status()).usedToday).toBe(2);
    }),
  );

  it("are called when they must be: by a model that can be told so, and again when it answered in prose", () =>
    withScript([{ text: "Perhaps." }, { calls: [inBerlin] }], async ({ server, ask }) => {
      expect((await ask({ toolChoice: { name: "get_weather" } })).value.toolCalls).toHaveLength(1);
      expect(server.bodies).toMatchObject([
        {
          model: "test/first-100b:free",
          tool_choice: { type: "function", function: { name: "get_weather" } },
        },
        { model: "test/first-100b:free" },
      ]);
    }));

  it("keep a good text beside a call out of the blue, when none were offered", () =>
    withScript([{ text: "It rains.", calls: [inBerlin] }], async ({ server, ask }) => {
      expect((await ask({ tools: undefined })).value).toEqual({ text: "It rains.", toolCalls: [] });
      expect(server.bodies).toHaveLength(1);
    }));

  it("come whole out of a stream", () =>
    withScript([{ text: "Let me see.", calls: [inBerlin, inBerlin] }], async ({ server, ask }) => {
      const heard: string[] = [];
      const { value } = await ask({}, { onToken: (text) => void heard.push(text) });
      expect(value).toMatchObject({ text: "Let me see.", toolCalls: [inBerlin, inBerlin] });
      expect(heard.join("")).toBe("Let me see.");
      expect(server.bodies[0]?.stream).toBe(true);
    }));

  it("put the schema of an answer into the prompt, where it does not forbid calls", () =>
    withScript([{ text: '{"rain":true}' }], async ({ server, ask }) => {
      await ask({
        answer: answerSchema(z.object({ rain: z.boolean() }), "test"),
        models: ["test/first-100b:free"],
      });
      expect(server.bodies[0]).not.toHaveProperty("response_format");
      expect(JSON.stringify(server.bodies[0]?.messages)).toContain("must fit this JSON schema");
    }));

  it("are asked nothing twice: calls come from the cache, by what was offered", () =>
    withScript([{ calls: [inBerlin] }, { text: "No tools." }], async ({ server, ask }) => {
      const cache = { cache: true };
      const first = await ask(cache);
      expect(await ask(cache)).toMatchObject({ value: first.value, cached: true });
      expect((await ask({ ...cache, tools: [{ ...weather, description: "Another." }] })).cached).toBe(false);
      expect(server.bodies).toHaveLength(2);
    }));
});

describe("asking the model layer", () => {
  it("asks anew when told to, and stores the new answer", () =>
    withScript([{ text: "old" }, { text: "new" }], async ({ server, ask }) => {
      await ask({ cache: true });
      expect((await ask({ cache: true }, { fresh: true })).value.text).toBe("new");
      expect((await ask({ cache: true })).value.text).toBe("new");
      expect(server.bodies).toHaveLength(2);
    }));

  it("passes a flow's share of the line on", () =>
    withScript([{ text: "yes" }], async ({ ask, models }) => {
      const acquire = vi.spyOn(models.ledger, "acquire");
      await ask({}, { flow: "invoices", weight: 3 });
      expect(acquire).toHaveBeenCalledWith(expect.objectContaining({ flow: "invoices", weight: 3 }));
    }));

  it("waits for a judge who takes his time, and repairs what he refuses", () =>
    withScript([{ text: "no" }, { text: "yes" }], async ({ server, ask }) => {
      const accept = async (answer: AnswerMessage) => {
        await new Promise((resolve) => setImmediate(resolve));
        return answer.text === "yes" ? asIs(answer) : { ok: false as const, problem: "Say yes." };
      };
      expect((await ask({ accept, tools: undefined })).value.text).toBe("yes");
      expect(server.bodies).toHaveLength(2);
      expect(JSON.stringify(server.bodies[1]?.messages)).toContain("Say yes.");
    }));
});

const anyCall = fc.record({
  id: fc.string(),
  name: fc.constantFrom("get_weather", "other", ""),
  arguments: fc.string(),
});

describe("judging calls", () => {
  it("lets only calls of offered tools with a JSON object through", () =>
    fc.assert(
      fc.asyncProperty(fc.array(anyCall), fc.string(), async (toolCalls, text) => {
        const judged = await judgeAnswer({ tools: [weather], accept: asIs }, { text, toolCalls });
        const isGood = toolCalls.every(
          ({ name, arguments: args }) => name === "get_weather" && isObject(args),
        );
        expect(judged.ok).toBe(isGood);
      }),
    ));

  it("shows a model its wrong answer in a conversation that every server takes", () =>
    fc.assert(
      fc.property(fc.array(anyCall), fc.string(), (toolCalls, text) => {
        expectValid(repairMessages({ messages: question.messages }, { text, toolCalls }, "wrong"));
      }),
    ));

  it("judges JSON beside the calls by the schema of the request", async () => {
    const accept = acceptStructured(z.object({ rain: z.boolean() }));
    expect(await judgeAnswer({ tools: [], accept }, { text: '{"rain":true}', toolCalls: [] })).toMatchObject({
      ok: true,
      value: { rain: true },
    });
  });
});

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** Every call is followed by its result, and every result by a call before it. */
function expectValid(messages: readonly ChatMessage[]): void {
  const open = new Set<string>();
  for (const message of messages) {
    if (message.role === "tool") expect(open.delete(message.tool_call_id)).toBe(true);
    else expect(open.size).toBe(0);
    for (const { id } of callsOf(message)) open.add(id);
  }
  expect(open.size).toBe(0);
}
