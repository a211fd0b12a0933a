import { describe, expect, it } from "vitest";
import { z } from "zod";
import { runPipeline } from "../../executor/run-pipeline.ts";
import { withRuntime } from "../../executor/simulated-runtime.fixture.ts";
import { definePipeline } from "../../pipeline/define-pipeline.ts";
import { classify } from "../../pipeline/ready-made/classify.ts";
import { openRouter } from "../openrouter/openrouter.ts";

const labels = {
  invoice: "asks to pay an amount of money",
  complaint: "is angry about something broken",
  thanks: "thanks somebody",
} as const;

const kinds = (pack: boolean) =>
  definePipeline({ name: "kinds", version: 1, input: z.object({ text: z.string() }) }).step(
    "kind",
    classify({ text: ({ input }) => input.text, labels, pack }),
  );

const sentences = [
  "Please pay the amount of 17 euros of money at once.",
  "I am angry, the kettle was broken when it came.",
  "Many thanks to you, I thank everybody at the shop.",
];
const texts = Array.from({ length: 60 }, (_, n) => `Letter ${n}. ${sentences[n % 3]}`);

describe("questions that are asked together", () => {
  it("get the answers that they get alone, in a fraction of the requests", async () => {
    const outputs: unknown[][] = [];
    const requests: number[] = [];
    for (const pack of [false, true]) {
      await withRuntime(async (simulated) => {
        const rules = { perMinute: 1_000, perDay: 10_000, gapMs: 20 };
        const models = openRouter({ apiKey: "k", baseUrl: simulated.simulator.url, rules });
        const runtime = { ...simulated, models };
        const runs = await Promise.all(texts.map((text) => runPipeline(kinds(pack), { text }, runtime)));
        outputs.push(runs.map(({ output }) => output));
        requests.push(runtime.requests());
        expect(runs.reduce((sum, run) => sum + run.requests, 0)).toBe(runtime.requests());
          JSON.stringify(runs.slice(0, 3)),
          runtime.events.filter((e) => e.type === "step.packed").length,
        );
      });
    }
    expect(outputs[1]).toEqual(outputs[0]);
    expect(requests[0]).toBe(60);
    expect(requests[1]).toBeLessThan(10);
  });
});
