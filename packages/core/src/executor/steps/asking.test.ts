import { describe, expect, it } from "vitest";
import { z } from "zod";
import { MemoryCache } from "../../cache/memory-cache.ts";
import { unseal } from "../../checkpoints/envelope.ts";
import { MemoryCheckpoints } from "../../checkpoints/memory-checkpoints.ts";
import type { ChatMessage } from "../../models/chat.ts";
import { openRouter } from "../../models/openrouter/openrouter.ts";
import { type ScriptedReply, startScriptedServer } from "../../models/scripted-server.fixture.ts";
import { definePipeline } from "../../pipeline/define-pipeline.ts";
import { agent, tool } from "../../pipeline/steps/agent.ts";
import { code } from "../../pipeline/steps/code.ts";
import { llm } from "../../pipeline/steps/llm.ts";
import type { RunEvent } from "../events.ts";
import { runPipeline, startRun } from "../run-pipeline.ts";
import { withRuntime } from "../simulated-runtime.fixture.ts";

const input = z.object({ text: z.string() });
const begin = () => definePipeline({ name: "asking", version: 1, input });
const text = "ACME GmbH sends an invoice. Total: 120.50 EUR.";
const rules = { perMinute: 1_000, perDay: 1_000, gapMs: 0 };

/** Runs a pipeline against scripted answers; gives the bodies that were sent. */
async function scripted(replies: ScriptedReply[]) {
  const server = await startScriptedServer(...replies);
  const models = openRouter({ apiKey: "k", baseUrl: server.url, rules });
  return {
    models,
    checkpoints: new MemoryCheckpoints(),
    server,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const sent = (messages: readonly ChatMessage[] | undefined) =>
  (messages ?? []).map(({ role, content }) => [role, content]);

describe("an llm step", () => {
  it("shows its examples before the question", async () => {
    await using runtime = await scripted([{ text: '{"total":2}' }]);
    const pipeline = begin().step(
      "ask",
      llm({
        output: z.object({ total: z.number() }),
        prompt: ({ input }) => input.text,
        examples: [{ prompt: "One euro.", answer: { total: 1 } }],
      }),
    );
    expect((await runPipeline(pipeline, { text: "Two." }, runtime)).output).toEqual({ total: 2 });
    expect(sent(runtime.server.bodies[0]?.messages).slice(-3)).toEqual([
      ["user", "One euro."],
      ["assistant", '{"total":1}'],
      ["user", "Two."],
    ]);
  });

  it("tells the model what its check found, and takes the better answer", async () => {
    await using runtime = await scripted([{ text: '{"vendor":"Apple"}' }, { text: '{"vendor":"ACME"}' }]);
    const pipeline = begin().step(
      "ask",
      llm({
        output: z.object({ vendor: z.string() }),
        prompt: ({ input }) => input.text,
        check: ({ input, output }) =>
          input.text.includes(output.vendor) || `"${output.vendor}" does not stand in the text`,
      }),
    );
    const { output, requests } = await runPipeline(pipeline, { text }, runtime);
    expect([output, requests]).toEqual([{ vendor: "ACME" }, 2]);
    const repair = sent(runtime.server.bodies[1]?.messages).at(-1);
    expect(repair).toEqual(["user", expect.stringContaining('"Apple" does not stand in the text')]);
  });

  it("asks for no JSON when it repairs plain text", async () => {
    await using runtime = await scripted([{ text: "short" }, { text: "long enough" }]);
    const pipeline = begin().step(
      "ask",
      llm({ prompt: "Say much.", check: ({ output }) => output.length > 6 || "too short" }),
    );
    expect((await runPipeline(pipeline, { text }, runtime)).output).toBe("long enough");
    const repair = sent(runtime.server.bodies[1]?.messages).at(-1)?.[1];
    expect(repair).toMatch(/^That answer is not valid:\ntoo short\nAnswer the first request again\.$/);
  });

  it("fails with the check's words when no answer holds, and with the step when the check itself throws", async () => {
    await using runtime = await scripted(Array.from({ length: 8 }, () => ({ text: "no" })));
    const never = begin().step("ask", llm({ prompt: "x", check: () => "never good" }));
    await expect(runPipeline(never, { text }, runtime)).rejects.toMatchObject({
      code: "ANSWER_INVALID",
      message: expect.stringContaining("never good"),
    });
    const broken = begin().step("ask", llm({ prompt: "x", check: () => JSON.parse("{") }));
    await expect(runPipeline(broken, { text }, runtime)).rejects.toMatchObject({
      code: "STEP_FAILED",
      message: expect.stringMatching(/^`check` of step "ask" threw SyntaxError/),
    });
  });

  it("keeps the last invalid answer where the run's records are, and out of what is told of the error", async () => {
    await using runtime = await scripted(Array.from({ length: 4 }, () => ({ text: "a wrong reply" })));
    const told: RunEvent[] = [];
    const never = begin().step("ask", llm({ prompt: "x", check: () => "never good" }));
    const asked = { ...runtime, onEvent: (event: RunEvent) => void told.push(event) };
    await expect(runPipeline(never, { text }, asked, { runId: "r1" })).rejects.toMatchObject({
      code: "ANSWER_INVALID",
      reply: "a wrong reply",
    });
    const recorded = (await runtime.checkpoints.read("r1")).get("ask#reply") ?? "";
    expect(await unseal(recorded)).toBe('"a wrong reply"');
    expect(JSON.stringify(told)).not.toContain("a wrong reply");
  });

  it("shows images with the last message of the user, to models that see", () =>
    withRuntime(async (runtime) => {
      const pixel = "data:image/png;base64,iVBORw0KGgo=";
      const pipeline = begin().step("see", llm({ prompt: "What is it?", images: () => [pixel] }));
      const { models } = await runPipeline(pipeline, { text }, runtime);
      const catalogue = await runtime.models.catalogue();
      const answered = catalogue.models.get(models[0] ?? "");
      expect(answered?.architecture?.input_modalities).toContain("image");
      const body = runtime.simulator.journal.find(({ path }) => path.endsWith("/chat/completions"))?.body;
      expect(JSON.stringify(body)).toContain(
        JSON.stringify([
          { type: "text", text: "What is it?" },
          { type: "image_url", image_url: { url: pixel } },
        ]),
      );
    }));

  it("takes schemas of other libraries, also such as check asynchronously", async () => {
    await using runtime = await scripted([{ text: '{"count":"3"}' }, { text: '{"count":3}' }]);
    const schema = {
      "~standard": {
        version: 1 as const,
        vendor: "own",
        validate: async (value: unknown) =>
          typeof value === "object" && value && "count" in value && typeof value.count === "number"
            ? { value: { count: value.count } }
            : { issues: [{ message: "not a number", path: ["count"] }] },
        jsonSchema: {
          input: () => ({ type: "object", properties: { count: { type: "number" } } }),
          output: () => ({ type: "object" }),
        },
      },
    };
    const pipeline = begin()
      .step("ask", llm({ output: schema, prompt: "How many?" }))
      .step("double", code({ output: schema, run: ({ steps }) => ({ count: steps.ask.count * 2 }) }));
    expect((await runPipeline(pipeline, { text }, runtime)).output).toEqual({ count: 6 });
    expect(sent(runtime.server.bodies[1]?.messages).at(-1)?.[1]).toContain('count: not a number (got "3")');
  });

  it("is not asked again for the same input in another run, unless the run is to be fresh", () =>
    withRuntime(async (runtime) => {
      const models = openRouter({ apiKey: "k", baseUrl: runtime.simulator.url, cache: new MemoryCache() });
      const pipeline = begin().step("ask", llm({ prompt: ({ input }) => input.text }));
      const run = (fresh?: boolean) => runPipeline(pipeline, { text }, { models }, { fresh });
      expect(await run()).toMatchObject({ requests: 1, cached: false });
      expect(await run()).toMatchObject({ requests: 0, cached: true });
      expect(await run(true)).toMatchObject({ requests: 1, cached: false });
      expect(await run()).toMatchObject({ requests: 0, cached: true });
    }));
});

describe("an agent step", () => {
  const rates: Record<string, number> = { DE: 19 };
  const vat = tool({
    name: "vat_rate",
    description: "The VAT rate of a country, in percent.",
    input: z.object({ country: z.string().length(2) }),
    run: ({ country }) => rates[country] ?? null,
  });
  const taxing = (more: { maxSteps?: number; maxRequests?: number } = {}) =>
    begin().step(
      "tax",
      agent({
        tools: [vat],
        output: z.object({ rate: z.number() }),
        prompt: ({ input }) => input.text,
        check: ({ output }) => output.rate > 0 || "a rate is above 0",
        ...more,
      }),
    );
  const call = (args: unknown): ScriptedReply => ({
    calls: [{ name: "vat_rate", arguments: JSON.stringify(args) }],
  });

  it("calls its typed tools and gives a checked answer", async () => {
    const replies = [call({ country: "DE" }), { text: '{"rate":0}' }, { text: 'It is {"rate":19}.' }];
    await using runtime = await scripted(replies);
    expect(await runPipeline(taxing(), { text }, runtime)).toMatchObject({
      output: { rate: 19 },
      requests: 3,
    });
    expect(runtime.server.bodies[0]?.tools?.map(({ function: { name } }) => name)).toEqual(["vat_rate"]);
    expect(sent(runtime.server.bodies[1]?.messages).at(-1)).toEqual(["tool", "19"]);
  });

  it("tells the model which arguments do not fit, and calls nothing then", async () => {
    await using runtime = await scripted([call({ country: "Germany" }), { text: '{"rate":19}' }]);
    await runPipeline(taxing(), { text }, runtime);
    const told = sent(runtime.server.bodies[1]?.messages).at(-1)?.[1];
    expect(told).toMatch(/^The tool failed: The arguments do not fit: country: .*got "Germany"/);
    expect(told).not.toContain("at ");
  });

  it("ends at its turns and at its requests, each by name", async () => {
    const endless = Array.from({ length: 6 }, () => call({ country: "DE" }));
    await using turns = await scripted([...endless]);
    await expect(runPipeline(taxing({ maxSteps: 2 }), { text }, turns)).rejects.toMatchObject({
      code: "AGENT_STEPS",
    });
    await using requests = await scripted([...endless]);
    const run = runPipeline(taxing({ maxRequests: 3 }), { text }, requests);
    await expect(run).rejects.toMatchObject({ code: "REQUEST_BUDGET", facts: { budget: 3 } });
    expect(requests.server.bodies).toHaveLength(3);
  });

  it("asks no turn and calls no tool twice when it is resumed", async () => {
    await using runtime = await scripted([call({ country: "DE" }), { text: '{"rate":19}' }]);
    const stopped = startRun(taxing(), { text }, runtime, { runId: "r" });
    for await (const event of stopped.events) if (event.type === "step.attempt") stopped.cancel();
    await expect(stopped.result).rejects.toMatchObject({ code: "RUN_CANCELLED" });
    const resumed = await runPipeline(taxing(), { text }, runtime, { runId: "r" });
    expect(resumed.output).toEqual({ rate: 19 });
    expect(runtime.server.bodies).toHaveLength(2);
  });
});
