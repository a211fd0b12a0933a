import { describe, expect, it } from "vitest";
import { z } from "zod";
import { definePipeline } from "../../pipeline/define-pipeline.ts";
import { classify } from "../../pipeline/ready-made/classify.ts";
import { extract } from "../../pipeline/ready-made/extract.ts";
import { llm } from "../../pipeline/steps/llm.ts";
import { parallel } from "../../pipeline/steps/parallel.ts";
import { runPipeline } from "../run-pipeline.ts";
import { withRuntime } from "../simulated-runtime.fixture.ts";

const input = z.object({ text: z.string() });
const text =
  "Invoice 17 of ACME Ltd.\n\nVendor: ACME Ltd\nTotal: 240.50\n\nPlease pay the amount of money by the end of May.";
const label = classify({
  text: ({ input: { text: read } }: { input: { text: string } }) => read,
  labels: { invoice: "asks to pay an amount of money", letter: "thanks somebody for a visit" },
});
const facts = extract({
  text: ({ input: { text: read } }: { input: { text: string } }) => read,
  fields: z.object({ vendor: z.string(), total: z.number() }),
});
const facing = (fuse: boolean) =>
  definePipeline({ name: "p", version: 1, input, fuse })
    .step("kind", label)
    .step("facts", facts)
    .output(({ steps }) => steps);

const answers = { kind: { label: "invoice" }, facts: { vendor: "ACME Ltd", total: 240.5 } };

describe("steps that are asked in one request", () => {
  it("give what they give one by one", async () => {
    for (const fuse of [false, true]) {
      await withRuntime(async (runtime) => {
        const { output, requests } = await runPipeline(facing(fuse), { text }, runtime);
        expect(output).toEqual(answers);
        expect({ requests, arrived: runtime.requests() }).toEqual(
          fuse ? { requests: 1, arrived: 1 } : { requests: 2, arrived: 2 },
        );
      });
    }
  });

  it("are told and recorded as steps of their own, with their place in the request", async () => {
    await withRuntime(async (runtime) => {
      const { runId, packs = [] } = await runPipeline(facing(true), { text }, runtime);
      expect([...(await runtime.checkpoints.read(runId)).keys()]).toEqual(["kind", "facts"]);
      expect(packs).toEqual([
        { step: "kind", id: packs[0]?.id, position: 1, size: 2 },
        { step: "facts", id: packs[0]?.id, position: 2, size: 2 },
      ]);
      const told = runtime.events.filter(({ type }) => type === "step.packed" || type === "step.completed");
      expect(told.map((event) => [event.type, "step" in event ? event.step : ""])).toEqual([
        ["step.packed", "kind"],
        ["step.packed", "facts"],
        ["step.completed", "kind"],
        ["step.completed", "facts"],
      ]);
    });
  });

  it("are asked again alone where an answer is missing, and nothing else is", async () => {
    await withRuntime(async (runtime) => {
      const content = JSON.stringify({ kind: answers.kind, facts: { vendor: "ACME Ltd", total: "much" } });
      runtime.simulator.script("*", { kind: "text", content });
      const { output, requests } = await runPipeline(facing(true), { text }, runtime);
      expect(output).toEqual(answers);
      expect(requests).toBe(2);
      const [, again] = runtime.simulator.journal.filter(({ path }) => path.endsWith("/chat/completions"));
      expect(JSON.stringify(again?.body)).not.toContain("Choose the label");
    });
  });

  it("are asked one by one when the server refuses them together", async () => {
    await withRuntime(async (runtime) => {
      runtime.simulator.script(
        "*",
        { kind: "prose" },
        { kind: "prose" },
        { kind: "prose" },
        { kind: "prose" },
      );
      const { output, requests } = await runPipeline(facing(true), { text }, runtime);
      expect(output).toEqual(answers);
      expect(requests).toBeGreaterThan(2);
    });
  });

  it("leave their answers in the cache, for a pipeline that asks one by one and for a run that is resumed", async () => {
    await withRuntime(async (runtime) => {
      await runPipeline(facing(true), { text }, runtime);
      const { requests, cached } = await runPipeline(facing(false), { text }, runtime);
      expect({ requests, cached }).toEqual({ requests: 0, cached: true });
      expect(runtime.requests()).toBe(1);
    });
  });

  it("do not go along when they read what an earlier one gives", async () => {
    const reading = definePipeline({ name: "p", version: 1, input, fuse: true })
      .step("kind", label)
      .step(
        "note",
        llm({
          prompt: ({ input: { text: read }, steps }) => `A note on this ${steps.kind.label}.\n\n${read}`,
        }),
      );
    await withRuntime(async (runtime) => {
      const { requests } = await runPipeline(reading, { text }, runtime);
      expect(requests).toBe(2);
    });
  });

  it("are held against a check that reads the answer before", async () => {
    const seen: unknown[] = [];
    const checked = definePipeline({ name: "p", version: 1, input, fuse: true })
      .step("kind", label)
      .step(
        "facts",
        llm({
          output: z.object({ vendor: z.string() }),
          prompt: ({ input: { text: read } }) => `Name the vendor.\n\n${read}`,
          check: ({ steps, output }) => {
            seen.push(steps.kind.label);
            return output.vendor.includes("ACME");
          },
        }),
      );
    await withRuntime(async (runtime) => {
      expect((await runPipeline(checked, { text }, runtime)).requests).toBe(1);
      expect(seen).toEqual(["invoice"]);
    });
  });

  it("are the first steps of branches, unless their author says no", async () => {
    for (const fuse of [undefined, false]) {
      const side = definePipeline({ name: "p", version: 1, input }).step(
        "both",
        parallel({ kind: label, facts }, { fuse }),
      );
      await withRuntime(async (runtime) => {
        const { output, requests } = await runPipeline(side, { text }, runtime);
        expect(output).toEqual(answers);
        expect(requests).toBe(fuse === false ? 2 : 1);
      });
    }
  });

  it("count as one question where those of several runs are asked together", async () => {
    const packed = definePipeline({ name: "p", version: 1, input, fuse: true })
      .step(
        "kind",
        classify({ text: ({ input: { text: read } }) => read, labels: ["invoice", "letter"], pack: true }),
      )
      .step(
        "facts",
        extract({
          text: ({ input: { text: read } }) => read,
          fields: z.object({ vendor: z.string() }),
          pack: true,
        }),
      )
      .output(({ steps }) => steps);
    await withRuntime(async (runtime) => {
      const runs = await Promise.all(
        ["Alpha", "Beta", "Gamma"].map((name) =>
          runPipeline(packed, { text: `An invoice.\n\nVendor: ${name} Ltd` }, runtime),
        ),
      );
      expect(runs.map(({ output }) => output.facts.vendor)).toEqual(["Alpha Ltd", "Beta Ltd", "Gamma Ltd"]);
      expect(runtime.requests()).toBe(1);
    });
  });
});
