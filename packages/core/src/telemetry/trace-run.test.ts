import { type HrTime, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { AlwaysOffSampler, type ReadableSpan } from "@opentelemetry/sdk-trace-base";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { runPipeline } from "../executor/run-pipeline.ts";
import { withRuntime } from "../executor/simulated-runtime.fixture.ts";
import { definePipeline } from "../pipeline/define-pipeline.ts";
import { approve } from "../pipeline/steps/approve.ts";
import { code } from "../pipeline/steps/code.ts";
import { llm } from "../pipeline/steps/llm.ts";
import { map } from "../pipeline/steps/map.ts";
import { sleep } from "../pipeline/steps/sleep.ts";
import { DAY_MS } from "../shared/duration.ts";
import { type RecordedSpans, withSpans } from "./recorded-spans.fixture.ts";

const input = z.object({ text: z.string() });
const text = "ACME GmbH sends an invoice. Total: 120.50 EUR. CANARY-DOCUMENT.";
const begin = () => definePipeline({ name: "invoices", version: 3, input });
const ask = llm({
  output: z.object({ vendor: z.string(), total: z.number() }),
  prompt: ({ input }: { input: { text: string } }) => `CANARY-PROMPT\n<document>\n${input.text}\n</document>`,
});
const double = code({
  output: z.number(),
  run: ({ steps }: { steps: { extract: { total: number } } }) => steps.extract.total * 2,
});
const extracting = begin().step("extract", ask).step("double", double);
const RUN = "invoke_workflow invoices";

const hrTimeToMs = ([seconds, nanoseconds]: HrTime) => seconds * 1_000 + nanoseconds / 1_000_000;

/** Everything that a backend would get. */
function exported({ all }: RecordedSpans): string {
  return JSON.stringify(
    all().map(({ name, attributes, events, status }) => ({ name, attributes, events, status })),
  );
}

describe("the spans of a run", () => {
  it("are one for the run, beneath it one for each step, and beneath that one for each request", () =>
    withSpans((spans) =>
      withRuntime(async (runtime) => {
        const { models } = await runPipeline(extracting, { text }, runtime, { runId: "r1" });
        const chat = `chat ${models[0]}`;
        expect(spans.all().map(({ name }) => name)).toEqual([chat, "llm extract", "code double", RUN]);
        expect(spans.named(RUN).attributes).toEqual({
          "gen_ai.operation.name": "invoke_workflow",
          "gen_ai.agent.name": "invoices",
          "sluice.run.id": "r1",
          "sluice.pipeline.name": "invoices",
          "sluice.pipeline.version": 3,
          "sluice.run.requests": 1,
          "sluice.run.models": models,
          "sluice.status": "completed",
        });
        expect(spans.named("llm extract").attributes).toEqual({
          "gen_ai.provider.name": "openrouter",
          "gen_ai.response.model": models[0],
          "sluice.step.path": "extract",
          "sluice.step.kind": "llm",
          "sluice.step.cached": false,
          "sluice.status": "completed",
        });
        expect(spans.named(chat).attributes).toEqual({
          "gen_ai.operation.name": "chat",
          "gen_ai.provider.name": "openrouter",
          "gen_ai.request.model": models[0],
          "gen_ai.response.model": models[0],
          "sluice.attempt.outcome": "ok",
        });
        expect(spans.named(chat).kind).toBe(SpanKind.CLIENT);
        expect(spans.parentOf(chat)).toBe("llm extract");
        expect(spans.parentOf("llm extract")).toBe(RUN);
        expect(spans.parentOf("code double")).toBe(RUN);
        expect(runtime.requests()).toBe(1);
      }),
    ));

  it("nest under the step around them, also where items run side by side", () =>
    withSpans((spans) =>
      withRuntime(async (runtime) => {
        const nested = begin().step(
          "notes",
          map({
            over: ({ input }) => input.text.split(". "),
            each: (each) =>
              each.step(
                "inner",
                map({
                  over: ({ item }) => [item, item],
                  each: (two) =>
                    two.step("size", code({ output: z.number(), run: ({ item }) => String(item).length })),
                }),
              ),
            concurrency: 3,
          }),
        );
        await runPipeline(nested, { text }, runtime);
        const parents = new Map(spans.all().map((span) => [span.spanContext().spanId, span]));
        const sizes = spans.all().filter(({ name }) => name === "code notes/*/inner/*/size");
        expect(sizes.map(({ attributes }) => attributes["sluice.step.path"])).toContain(
          "notes/2/inner/1/size",
        );
        expect(sizes).toHaveLength(6);
        for (const { attributes, parentSpanContext } of sizes) {
          const around = parents.get(parentSpanContext?.spanId ?? "");
          const expected = String(attributes["sluice.step.path"]).split("/").slice(0, 3).join("/");
          expect(around?.attributes["sluice.step.path"]).toBe(expected);
        }
        expect(spans.parentOf("map notes")).toBe(RUN);
      }),
    ));

  it("tell every request with model, outcome and duration, those that failed included", () =>
    withSpans((spans) =>
      withRuntime(async (runtime) => {
        runtime.simulator.script("*", { kind: "http", status: 500 });
        await runPipeline(extracting, { text }, runtime);
        const requests = spans.all().filter(({ kind }) => kind === SpanKind.CLIENT);
        const asked = requests.map(({ attributes }) => attributes["gen_ai.request.model"]);
        const journal = runtime.simulator.journal.filter(({ counted }) => counted);
        expect(asked).toEqual(journal.map(({ model }) => model));
        expect(requests.map(({ status }) => status.code)).toEqual([
          SpanStatusCode.ERROR,
          SpanStatusCode.UNSET,
        ]);
        expect(requests.map(({ attributes }) => attributes["error.type"])).toEqual(["model-busy", undefined]);
        for (const { startTime, endTime } of requests) {
          expect(hrTimeToMs(endTime)).toBeGreaterThanOrEqual(hrTimeToMs(startTime));
        }
      }),
    ));

  it("record an error with code and message, on the step and on the run", () =>
    withSpans((spans) =>
      withRuntime(async (runtime) => {
        const breaking = begin().step(
          "bang",
          code({
            output: z.number(),
            run: () => {
              throw new RangeError("too far");
            },
          }),
        );
        await expect(runPipeline(breaking, { text }, runtime)).rejects.toThrow("too far");
        for (const name of ["code bang", RUN]) {
          const { status, attributes, events } = spans.named(name);
          const message = 'Step "bang" threw RangeError: too far';
          expect(status).toEqual({ code: SpanStatusCode.ERROR, message });
          expect(attributes).toMatchObject({ "error.type": "STEP_FAILED", "sluice.status": "failed" });
          expect(events).toMatchObject([
            {
              name: "exception",
              attributes: { "exception.type": "STEP_FAILED", "exception.message": message },
            },
          ]);
        }
      }),
    ));

  it("cover a run whose input is refused before anything begins", () =>
    withSpans((spans) =>
      withRuntime(async (runtime) => {
        const strict = definePipeline({
          name: "invoices",
          version: 1,
          input: z.object({ text: z.string().max(3) }),
        }).step("size", code({ output: z.number(), run: ({ input }) => input.text.length }));
        await expect(runPipeline(strict, { text }, runtime)).rejects.toMatchObject({
          message: expect.stringContaining("CANARY-DOCUMENT"),
        });
        expect(spans.named(RUN).attributes).toMatchObject({ "error.type": "INPUT_INVALID" });
        expect(exported(spans)).not.toContain("CANARY");
      }),
    ));

  it("hold no prompt, no answer and no document text, whether the answer was right or wrong", () =>
    withSpans((spans) =>
      withRuntime(async (runtime) => {
        await runPipeline(extracting, { text }, runtime);
        const picky = begin().step(
          "extract",
          llm({
            output: z.object({ vendor: z.string().refine((name) => name === "Nobody", "is somebody") }),
            prompt: ({ input }) => `CANARY-PROMPT\n<document>\n${input.text}\n</document>`,
          }),
        );
        const error = await runPipeline(picky, { text }, runtime).catch((thrown: unknown) => thrown);
        // The message quotes the answer to the person who debugs the run; a tracing backend does not get it.
        expect(error).toMatchObject({ code: "ANSWER_INVALID", message: expect.stringMatching(/got ".+"/) });
        const told = exported(spans);
        expect(told).toContain("ANSWER_INVALID");
        expect(told).not.toMatch(/CANARY|120\.5|ACME|\(got/);
      }),
    ));

  it("end with the status of a run that rests, open steps included", () =>
    withSpans((spans) =>
      withRuntime(async (runtime) => {
        const sleeping = begin().step("pause", sleep({ forMs: DAY_MS }));
        await expect(runPipeline(sleeping, { text }, runtime)).rejects.toMatchObject({ code: "SLEEPING" });
        const until = new Date(runtime.clock.now() + DAY_MS).toISOString();
        expect(spans.named(RUN).attributes).toMatchObject({
          "sluice.status": "parked",
          "sluice.run.parked_until": until,
          "sluice.run.parked_why": "sleep",
        });
        expect(spans.named("sleep pause").attributes).toMatchObject({ "sluice.status": "parked" });
        expect(spans.named(RUN).status.code).toBe(SpanStatusCode.UNSET);
      }),
    ));

  it("end as waiting when a person is asked, whose question is not told", () =>
    withSpans((spans) =>
      withRuntime(async (runtime) => {
        const asking = begin().step(
          "release",
          approve({ decision: z.boolean(), question: ({ input }) => input.text }),
        );
        await expect(runPipeline(asking, { text }, runtime)).rejects.toMatchObject({ code: "WAITING" });
        expect(spans.named(RUN).attributes).toMatchObject({ "sluice.status": "waiting" });
        expect(spans.named("approve release").attributes).toMatchObject({ "sluice.status": "waiting" });
        expect(exported(spans)).not.toContain("CANARY");
      }),
    ));

  it("end as cancelled when the run was stopped", () =>
    withSpans((spans) =>
      withRuntime(async (runtime) => {
        const stop = new AbortController();
        const hanging = begin().step(
          "hang",
          code({
            output: z.null(),
            run: () => {
              stop.abort(new Error("enough"));
              return new Promise<null>(() => {});
            },
          }),
        );
        const run = runPipeline(hanging, { text }, runtime, { signal: stop.signal });
        await expect(run).rejects.toThrow("enough");
        expect(spans.named(RUN).attributes).toMatchObject({ "sluice.status": "cancelled" });
        expect(spans.named("code hang").attributes).toMatchObject({ "sluice.status": "cancelled" });
      }),
    ));
});

describe("a run among other spans", () => {
  it("stands beneath the span that is active when it starts, and around those that its steps make", () =>
    withSpans((spans) =>
      withRuntime(async (runtime) => {
        const tracer = trace.getTracer("caller");
        const measuring = begin().step(
          "size",
          code({
            output: z.number(),
            run: ({ input }) =>
              tracer.startActiveSpan("own work", (span) => {
                span.end();
                return input.text.length;
              }),
          }),
        );
        await tracer.startActiveSpan("request", async (span) => {
          await runPipeline(measuring, { text }, runtime);
          span.end();
        });
        expect(spans.parentOf(RUN)).toBe("request");
        expect(spans.parentOf("own work")).toBe(RUN);
      }),
    ));

  it("keeps two runs at the same time apart", () =>
    withSpans((spans) =>
      withRuntime(async (runtime) => {
        const tracer = trace.getTracer("caller");
        const runs = ["a", "b"].map((runId) =>
          tracer.startActiveSpan(runId, async (span) => {
            await runPipeline(extracting, { text }, runtime, { runId });
            span.end();
          }),
        );
        await Promise.all(runs);
        const byId = new Map(spans.all().map((span) => [span.spanContext().spanId, span]));
        const parentOf = (span: ReadableSpan) => byId.get(span.parentSpanContext?.spanId ?? "");
        for (const step of spans.all().filter(({ name }) => name === "llm extract")) {
          const run = parentOf(step);
          expect(run && parentOf(run)?.name).toBe(run?.attributes["sluice.run.id"]);
        }
        // The question is the same: one of the two asks it.
        expect(spans.all()).toHaveLength(9);
      }),
    ));

  it("makes no span that nobody samples", () =>
    withSpans(
      (spans) =>
        withRuntime(async (runtime) => {
          expect((await runPipeline(extracting, { text }, runtime)).output).toBe(241);
          expect(spans.all()).toEqual([]);
        }),
      { sampler: new AlwaysOffSampler() },
    ));

  it("runs without spans again after the SDK was taken away", () =>
    withRuntime(async (runtime) => {
      await withSpans(async () => {});
      expect((await runPipeline(extracting, { text }, runtime)).output).toBe(241);
    }));
});
