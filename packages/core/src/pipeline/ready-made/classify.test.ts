import { describe, expect, it } from "vitest";
import { z } from "zod";
import { runPipeline } from "../../executor/run-pipeline.ts";
import { withRuntime } from "../../executor/simulated-runtime.fixture.ts";
import { definePipeline } from "../define-pipeline.ts";
import { branch } from "../steps/branch.ts";
import { code } from "../steps/code.ts";
import { classify } from "./classify.ts";
import { sentPrompts } from "./sent-prompts.fixture.ts";

const input = z.object({ text: z.string() });
const begin = () => definePipeline({ name: "mail", version: 1, input });
const invoice = "Invoice 17. The amount due is 120.50 EUR, payable within 14 days.";
const contract = "This agreement is made between the parties. The tenant hereby rents the flat.";

describe("classify", () => {
  const sorted = begin().step(
    "kind",
    classify({ text: ({ input }) => input.text, labels: ["contract", "invoice"] }),
  );

  it.each([
    [invoice, "invoice"],
    [contract, "contract"],
  ])("puts one of the labels on a text, in one request: %s", (text, label) =>
    withRuntime(async (runtime) => {
      const result = await runPipeline(sorted, { text }, runtime);
      expect(result).toMatchObject({ output: { label }, requests: 1 });
    }),
  );

  it("chooses the way in a branch", () =>
    withRuntime(async (runtime) => {
      const handled = sorted.step(
        "handled",
        branch({
          on: ({ steps }) => steps.kind.label,
          cases: {
            contract: (block) => block.step("file", code({ output: z.string(), run: () => "filed" })),
            invoice: (block) => block.step("pay", code({ output: z.string(), run: () => "paid" })),
          },
        }),
      );
      expect((await runPipeline(handled, { text: invoice }, runtime)).output).toBe("paid");
    }));

  it("tells the model what the labels mean, and what else to mind", () =>
    withRuntime(async (runtime) => {
      const meant = begin().step(
        "kind",
        classify({
          text: ({ input }) => input.text,
          labels: { a1: "bill, amount due", b2: "agreement, tenant" },
          instructions: "In doubt it is a1.",
        }),
      );
      expect((await runPipeline(meant, { text: contract }, runtime)).output).toEqual({ label: "b2" });
      const [prompt] = sentPrompts(runtime);
      expect(prompt).toContain("- a1: bill, amount due\n- b2: agreement, tenant\nIn doubt it is a1.\n");
      expect(prompt).toMatch(/<document>\nThis agreement.*\n<\/document>\n\nGive the one label/s);
    }));

  it("changes the pipeline's fingerprint with anything it is told", () => {
    const textOf = ({ input }: { input: { text: string } }) => input.text;
    const trimmed = ({ input }: { input: { text: string } }) => input.text.trim();
    const prints = [
      begin().step("kind", classify({ text: textOf, labels: ["a", "b"] })),
      begin().step("kind", classify({ text: textOf, labels: ["a", "c"] })),
      begin().step("kind", classify({ text: textOf, labels: ["a", "b"], instructions: "Prefer a." })),
      begin().step("kind", classify({ text: textOf, labels: ["a", "b"], task: "fast" })),
      begin().step("kind", classify({ text: trimmed, labels: ["a", "b"] })),
    ].map(({ fingerprint }) => fingerprint);
    expect(new Set(prints).size).toBe(prints.length);
  });

  it("refuses to be without a label", () => {
    expect(() => classify({ text: () => "", labels: [] })).toThrow(
      expect.objectContaining({ code: "OPTION_INVALID" }),
    );
  });
});
