import { describe, expect, it } from "vitest";
import { z } from "zod";
import { runPipeline } from "../../executor/run-pipeline.ts";
import { withRuntime } from "../../executor/simulated-runtime.fixture.ts";
import { definePipeline } from "../define-pipeline.ts";
import { code } from "../steps/code.ts";
import { map } from "../steps/map.ts";
import { splitDocument } from "./split-document.ts";

const page = z.object({ number: z.number(), text: z.string() });
const input = z.object({ text: z.string(), pages: z.array(page).optional() });
const split = definePipeline({ name: "split", version: 1, input }).step(
  "chunks",
  splitDocument({ text: ({ input }) => input.text, pages: ({ input }) => input.pages, maxTokens: 40 }),
);
const paragraph = (word: string) => `${word} ${"pays the rent each month. ".repeat(5)}`.trim();

describe("splitDocument", () => {
  it("gives chunks with their places in the text, and asks no model", () =>
    withRuntime(async (runtime) => {
      const text = ["Anna", "Bert", "Cleo"].map(paragraph).join("\n\n");
      const { output, requests } = await runPipeline(split, { text }, runtime);
      expect(requests).toBe(0);
      expect(output.map(({ index, text }) => [index, text.slice(0, 4)])).toEqual([
        [0, "Anna"],
        [1, "Bert"],
        [2, "Cleo"],
      ]);
      for (const chunk of output) expect(text.slice(chunk.start, chunk.end)).toBe(chunk.text);
      expect(output[0]).not.toHaveProperty("page");
    }));

  it("says on which page a chunk begins, where there are pages", () =>
    withRuntime(async (runtime) => {
      const pages = [
        { number: 1, text: `${paragraph("Anna")}\n\n${paragraph("Bert")}` },
        { number: 2, text: "" },
        { number: 3, text: paragraph("Cleo") },
      ];
      const text = `${pages[0]?.text}\n\n${pages[2]?.text}`;
      const { output } = await runPipeline(split, { text, pages }, runtime);
      expect(output.map(({ page }) => page)).toEqual([1, 1, 3]);
    }));

  it("claims no page where the pages are not those of the text", () =>
    withRuntime(async (runtime) => {
      const pages = [{ number: 1, text: "Something else." }];
      const { output } = await runPipeline(split, { text: paragraph("Anna"), pages }, runtime);
      expect(output.map(({ page }) => page)).toEqual([undefined]);
    }));

  it("gives the items of a map", () =>
    withRuntime(async (runtime) => {
      const lengths = split.step(
        "lengths",
        map({
          over: ({ steps }) => steps.chunks,
          each: (chunk) =>
            chunk.step("length", code({ output: z.number(), run: ({ item }) => item.end - item.start })),
        }),
      );
      const text = paragraph("Anna");
      expect((await runPipeline(lengths, { text }, runtime)).output).toEqual([text.length]);
    }));

  it("refuses a wrong size when it is defined", () => {
    expect(() => splitDocument({ text: () => "", maxTokens: 1 })).toThrow(
      expect.objectContaining({ code: "OPTION_INVALID" }),
    );
  });
});
