import { describe, expect, it } from "vitest";
import { z } from "zod";
import { runPipeline } from "../../executor/run-pipeline.ts";
import { withRuntime } from "../../executor/simulated-runtime.fixture.ts";
import { openRouter } from "../../models/openrouter/openrouter.ts";
import { type ScriptedReply, startScriptedServer } from "../../models/scripted-server.fixture.ts";
import { definePipeline } from "../define-pipeline.ts";
import { answerFrom } from "./answer-from.ts";
import { sentPrompts } from "./sent-prompts.fixture.ts";
import { splitDocument } from "./split-document.ts";

const input = z.object({ text: z.string(), question: z.string() });
const begin = () => definePipeline({ name: "contracts", version: 1, input });
const answered = begin().step(
  "answer",
  answerFrom({ question: ({ input }) => input.question, text: ({ input }) => input.text }),
);
const text = "The tenant may leave\n  with a notice of three months. The rent is 800 EUR.";
const question = "How long is the notice period?";
const said = (answer: string | null, quotes: string[]) => ({ text: JSON.stringify({ answer, quotes }) });

async function ask(...replies: ScriptedReply[]) {
  await using server = await startScriptedServer(...replies);
  const models = openRouter({ apiKey: "k", baseUrl: server.url });
  const { output } = await runPipeline(answered, { text, question }, { models });
  return { output, told: JSON.stringify(server.bodies.at(-1)?.messages), requests: server.bodies.length };
}

describe("answerFrom", () => {
  it("answers from the text in one request, with quotes that stand in it but for blank", () =>
    withRuntime(async (runtime) => {
      const { output, requests } = await runPipeline(answered, { text, question }, runtime);
      expect(requests).toBe(1);
      expect(output.answer).toContain("three months");
      expect(output.quotes).toContain("The tenant may leave with a notice of three months.");
      expect(sentPrompts(runtime)[0]).toContain(`Question: ${question}\n`);
    }));

  it("gives null and no quote when the text does not say", async () => {
    expect((await ask(said(null, []))).output).toEqual({ answer: null, quotes: [] });
    expect(await ask(said(null, ["The rent is 800 EUR."]))).toMatchObject({
      output: { answer: null, quotes: [] },
      requests: 1,
    });
  });

  it.each([
    [
      "stands nowhere",
      ["The rent is 800 EUR.", "a notice of six months"],
      "quotes[1] does not stand in the document",
    ],
    ["is blank", [" "], "quotes[0] does not stand"],
    ["is missing", [], "`quotes` is empty"],
  ])("asks again when a quote %s", async (_what, quotes, problem) => {
    const good = said("Three months.", ["a notice of three months"]);
    const { output, told } = await ask(said("Three months.", quotes), good);
    expect(output).toEqual({ answer: "Three months.", quotes: ["a notice of three months"] });
    expect(told).toContain(problem);
  });

  it("answers from chunks, and no quote may reach over the edge of one", () =>
    withRuntime(async (runtime) => {
      const fromChunks = begin()
        .step("chunks", splitDocument({ text: ({ input }) => input.text, maxTokens: 16 }))
        .step("answer", answerFrom({ question, chunks: ({ steps }) => steps.chunks }));
      const { output } = await runPipeline(fromChunks, { text, question }, runtime);
      expect(output.answer).toContain("three months");
      expect(sentPrompts(runtime)[0]?.match(/<document>/g)).toHaveLength(2);
    }));
});
