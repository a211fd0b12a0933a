import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { chat, MODEL } from "../test/chat-client.ts";
import { type Simulator, startSimulator } from "./simulator.ts";
import { testCatalogue } from "./test-catalogue.ts";

const TEXT = "Deep Water. ".repeat(400).trim();
const QUESTION = {
  messages: [{ role: "user", content: `Translate this.\n<document>\n${TEXT}\n</document>` }],
};

const completion = z.looseObject({
  choices: z.tuple([
    z.looseObject({
      finish_reason: z.string(),
      message: z.looseObject({
        content: z.string().nullable(),
        tool_calls: z.array(z.object({ function: z.object({ arguments: z.string() }) })).optional(),
      }),
    }),
  ]),
  usage: z.looseObject({ completion_tokens: z.number(), cost: z.number() }),
});

let simulator: Simulator;

beforeEach(async () => {
  simulator = await startSimulator({ limits: { perMinute: 100, perDay: 100 } });
});

afterEach(() => simulator.close());

async function ask(body: Record<string, unknown>, asked = simulator) {
  const { choices, usage } = completion.parse(await (await chat(asked, { ...QUESTION, ...body })).json());
  const [{ finish_reason: finish, message }] = choices;
  return { finish, message, content: message.content, tokens: usage.completion_tokens, cost: usage.cost };
}

describe("the limit of output tokens", () => {
  test.each(["max_tokens", "max_completion_tokens"])(
    "cuts an answer that is longer than %s",
    async (name) => {
      const cut = await ask({ [name]: 25 });
      expect(cut).toMatchObject({ finish: "length", content: TEXT.slice(0, 100), tokens: 25 });
    },
  );

  test("leaves an answer that just fits as it is", async () => {
    const fitting = await ask({ max_tokens: Math.ceil(TEXT.length / 4) });
    expect(fitting).toMatchObject({ finish: "stop", content: TEXT });
    expect((await ask({})).finish).toBe("stop");
  });

  test("of the model's provider cuts as well", async () => {
    const catalogue = testCatalogue().map((model) =>
      model.id === MODEL
        ? { ...model, top_provider: { ...model.top_provider, max_completion_tokens: 10 } }
        : model,
    );
    await using small = await startSimulator({ catalogue });
    expect(await ask({ max_tokens: 25 }, small)).toMatchObject({ finish: "length", tokens: 10 });
  });

  test("cuts streams", async () => {
    const text = await (await chat(simulator, { ...QUESTION, max_tokens: 25, stream: true })).text();
    expect(text).toContain('"finish_reason":"length"');
    expect(text).toContain('"completion_tokens":25');
    expect(text).toMatch(/\[DONE\]\n\n$/);
  });

  test("cuts the arguments of a tool call", async () => {
    const parameters = {
      type: "object",
      properties: { text: { type: "string", minLength: 80 } },
      required: ["text"],
    };
    const tools = [{ type: "function", function: { name: "file_under", parameters } }];
    const { finish, message } = await ask({ tools, tool_choice: "required", max_tokens: 5 });
    expect(finish).toBe("length");
    expect(message.tool_calls).toHaveLength(1);
    expect(message.tool_calls?.[0]?.function.arguments).toHaveLength(20);
  });

  test("bills a priced model for what was said", async () => {
    await using rich = await startSimulator({ creditsUsd: 5 });
    const model = "qwen/qwen3.8-27b";
    const [cut, whole] = [await ask({ model, max_tokens: 25 }, rich), await ask({ model }, rich)];
    expect(cut.cost).toBeGreaterThan(0);
    expect(cut.cost).toBeLessThan(whole.cost);
  });

  test("leaves the fence of a cut answer open", async () => {
    simulator.script(MODEL, { kind: "fenced" });
    const { finish, content } = await ask({ max_tokens: 25 });
    expect(finish).toBe("length");
    expect(content?.match(/```/g)).toHaveLength(1);
  });
});
