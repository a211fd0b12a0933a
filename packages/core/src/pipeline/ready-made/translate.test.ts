import { describe, expect, it } from "vitest";
import { z } from "zod";
import { runPipeline } from "../../executor/run-pipeline.ts";
import { withRuntime } from "../../executor/simulated-runtime.fixture.ts";
import { openRouter } from "../../models/openrouter/openrouter.ts";
import { startScriptedServer } from "../../models/scripted-server.fixture.ts";
import { definePipeline } from "../define-pipeline.ts";
import { sentPrompts } from "./sent-prompts.fixture.ts";
import { translate } from "./translate.ts";

const input = z.object({ text: z.string() });
const begin = () => definePipeline({ name: "letters", version: 1, input });

describe("translate", () => {
  it("translates the parts of a long text and joins them in order with the blank between them", () =>
    withRuntime(async (runtime) => {
      const english = begin().step(
        "english",
        translate({ text: ({ input }) => input.text, to: "English", from: "German", partTokens: 24 }),
      );
      // The simulator gives a text of one sentence back as it stands.
      const sentences = ["Anna", "Bert", "Cleo", "Doro", "Emil"].map(
        (name) => `${name} pays the rent for the old house on the first of May.`,
      );
      const text = ` ${sentences.slice(0, 3).join("\n\n")}\n \n\n${sentences.slice(3).join(" ")}\n`;
      const { output, requests } = await runPipeline(english, { text }, runtime);
      expect(output).toBe(text.trim());
      expect(requests).toBe(5);
      for (const prompt of sentPrompts(runtime)) {
        expect(prompt).toMatch(/^Translate the document from German into English\.\n.*leave nothing out/s);
      }
    }));

  it("asks the next model for a translation that left most of the text out", async () => {
    const text = "Der Mieter zahlt die Miete am ersten Tag jedes Monats. ".repeat(12).trim();
    const whole = "The tenant pays the rent on the first day of each month. ".repeat(12).trim();
    await using server = await startScriptedServer({ text: "Rent is due." }, { text: whole });
    const english = begin().step("english", translate({ text: ({ input }) => input.text, to: "English" }));
    const models = openRouter({ apiKey: "k", baseUrl: server.url });
    expect((await runPipeline(english, { text }, { models })).output).toBe(whole);
    const [first, second] = server.bodies;
    expect(second?.messages).toEqual(first?.messages);
    expect(second?.model).not.toBe(first?.model);
  });

  it("asks nobody about blank", () =>
    withRuntime(async (runtime) => {
      const blank = begin().step("english", translate({ text: ({ input }) => input.text, to: "English" }));
      expect(await runPipeline(blank, { text: "\n" }, runtime)).toMatchObject({ output: "", requests: 0 });
    }));

  it("changes the pipeline's fingerprint with the language", () => {
    const printOf = (to: string) =>
      begin().step("into", translate({ text: ({ input }) => input.text, to })).fingerprint;
    expect(printOf("English")).not.toBe(printOf("Dutch"));
  });
});
