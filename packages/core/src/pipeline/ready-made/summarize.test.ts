import { describe, expect, it } from "vitest";
import { z } from "zod";
import { runPipeline } from "../../executor/run-pipeline.ts";
import { withRuntime } from "../../executor/simulated-runtime.fixture.ts";
import { definePipeline } from "../define-pipeline.ts";
import { sentPrompts } from "./sent-prompts.fixture.ts";
import { summarize } from "./summarize.ts";

const input = z.object({ text: z.string() });
const begin = () => definePipeline({ name: "reports", version: 1, input });
const short = begin().step("summary", summarize({ text: ({ input }) => input.text }));
const long = begin().step("summary", summarize({ text: ({ input }) => input.text, partTokens: 40 }));
const chapter = (name: string) =>
  `# ${name}\n\n${name} was a harbour town with a large market. Its ships carried salt and fish to the north. The council of ${name} met every spring.`;
const text = ["Lübeck", "Bergen", "Riga"].map(chapter).join("\n\n");

describe("summarize", () => {
  it("sums a text of one part up in one request", () =>
    withRuntime(async (runtime) => {
      const { output, requests } = await runPipeline(short, { text: `\n${text}\n` }, runtime);
      expect(requests).toBe(1);
      expect(output).toContain("harbour town");
      expect(sentPrompts(runtime)[0]).toMatch(
        /^Sum up the document\.\n.*Write the summary in the language of the document, in at most 150 words/s,
      );
    }));

  it("notes a longer text part by part and merges the notes, in order", () =>
    withRuntime(async (runtime) => {
      const { output, requests } = await runPipeline(long, { text }, runtime);
      expect(requests).toBe(4);
      expect(output).not.toBe("");
      const prompts = sentPrompts(runtime);
      expect(
        prompts
          .slice(0, 3)
          .sort()
          .map((prompt) => /part \d[\s\S]*?# (\S+)/.exec(prompt)?.[1]),
      ).toEqual(["Lübeck", "Bergen", "Riga"]);
      expect(prompts[3]).toMatch(/^Below are notes.*Lübeck.*Bergen.*Riga/s);
    }));

  it("tells every request what the reader wants", () =>
    withRuntime(async (runtime) => {
      const wished = begin().step(
        "summary",
        summarize({
          text: ({ input }) => input.text,
          maxWords: 40,
          language: "French",
          focus: "the fish trade",
          partTokens: 40,
        }),
      );
      await runPipeline(wished, { text }, runtime);
      const prompts = sentPrompts(runtime);
      expect(prompts).toHaveLength(4);
      for (const prompt of prompts) {
        expect(prompt).toContain("The reader wants to know above all: the fish trade\n");
        expect(prompt).toContain("in French");
      }
      expect(prompts[3]).toContain("in at most 40 words");
    }));

  it("goes on where a run broke off, and asks nothing twice", () =>
    withRuntime(async (runtime) => {
      const stopped = runPipeline(long, { text }, runtime, { runId: "r1", requestBudget: 3 });
      await expect(stopped).rejects.toMatchObject({ code: "REQUEST_BUDGET" });
      const { requests } = await runPipeline(long, { text }, runtime, { runId: "r1" });
      expect(requests).toBe(1);
      expect(runtime.requests()).toBe(4);
    }));

  it("asks nobody about blank", () =>
    withRuntime(async (runtime) => {
      expect(await runPipeline(short, { text: " \n " }, runtime)).toMatchObject({ output: "", requests: 0 });
    }));

  it("changes the pipeline's fingerprint with what the reader wants", () => {
    const printOf = (maxWords: number) =>
      begin().step("summary", summarize({ text: ({ input }) => input.text, maxWords })).fingerprint;
    expect(printOf(50)).not.toBe(printOf(60));
  });

  it("refuses parts without room when it is defined", () => {
    expect(() => summarize({ text: () => "", partTokens: 3 })).toThrow(
      expect.objectContaining({ code: "OPTION_INVALID" }),
    );
  });
});
