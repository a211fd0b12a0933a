import { context, propagation, trace } from "@opentelemetry/api";
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from "@opentelemetry/core";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";
import { code, definePipeline, llm, openRouter, randomId } from "@sluice/core";
import { startSimulator } from "@sluice/simulator";
import { type Backend, createRegistry, startWorker } from "@sluice/worker";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { type RecordedSpans, withSpans } from "../../core/src/telemetry/recorded-spans.fixture.ts";
import { inState, outputOf, type Place, placesOfTest, putOne } from "./places.ts";

const begin = (name: string) =>
  definePipeline({ name, version: 1, input: z.object({ amount: z.number(), unlike: z.string() }) });
const asking = begin("asking").step(
  "ask",
  llm({
    output: z.object({ summary: z.string() }),
    prompt: ({ input }) => `<document>\n${input.unlike} is worth ${input.amount}.\n</document>`,
  }),
);
const counting = begin("counting").step(
  "count",
  code({
    output: z.array(z.string()),
    run: () => (propagation.getActiveBaggage()?.getAllEntries() ?? []).map(([name]) => name),
  }),
);

/** Works with a simulated account until the run is completed. */
async function workOff(backend: Backend, runId: string): Promise<void> {
  await using simulator = await startSimulator();
  const rules = { perMinute: 1_000, perDay: 1_000, gapMs: 1 };
  const models = openRouter({ apiKey: randomId(8), baseUrl: simulator.url, rules });
  const registry = createRegistry([asking, counting]);
  await using _worker = await startWorker({ backend, registry, models });
  await inState(backend, runId, "completed");
}

/** Registers an SDK as services do, for the time of a test body. */
function traced(body: (spans: RecordedSpans) => Promise<void>): Promise<void> {
  const propagators = [new W3CTraceContextPropagator(), new W3CBaggagePropagator()];
  return withSpans(async (spans) => {
    propagation.setGlobalPropagator(new CompositePropagator({ propagators }));
    await body(spans).finally(() => propagation.disable());
  });
}

/** Does it in a span that is active meanwhile. */
function inSpan<T>(name: string, work: () => Promise<T>): Promise<T> {
  return trace.getTracer("caller").startActiveSpan(name, async (span) => {
    try {
      return await work();
    } finally {
      span.end();
    }
  });
}

/** The names of a span and of those around it, outermost first. */
function wayTo(span: ReadableSpan, spans: RecordedSpans): string[] {
  const around = spans.all().find((one) => one.spanContext().spanId === span.parentSpanContext?.spanId);
  return around ? [...wayTo(around, spans), span.name] : [span.name];
}

const places = await placesOfTest();

for (const place of places) {
  describe.skipIf(!place.isPresent)(`tracing on ${place.name}`, () => {
    let here: Place;
    /** Its queue is opened by whoever uses it first, and must find an SDK then. */
    let untouched: Backend;

    beforeAll(async () => {
      here = await place.make();
      untouched = await here.open();
    }, 120_000);

    afterAll(async () => {
      await untouched.close();
      await here.remove();
      await place.stop();
    }, 30_000);

    it("shows a run in the trace of whoever enqueued it, from there down to its requests", () =>
      traced(async (spans) => {
        const run = await inSpan("import", () => putOne(untouched, asking));
        await inSpan("a worker's start", () => workOff(untouched, run.id));
        const request = spans.all().find(({ name }) => name.startsWith("chat "));
        expect(request && wayTo(request, spans)).toEqual([
          "import",
          "addBulk runs",
          "process runs",
          "invoke_workflow asking",
          "llm ask",
          expect.stringMatching(/^chat .+:free$/),
        ]);
        expect(new Set(spans.all().map((span) => span.spanContext().traceId)).size).toBe(2);
        // These and the span of the start.
        expect(spans.all()).toHaveLength(7);
      }));

    it.skipIf(place.name !== "redis")("hands no baggage on, neither the enqueuer's nor the starter's", () =>
      traced(async () => {
        const backend = await here.open();
        const baggage = propagation.createBaggage({ customer: { value: "4711" } });
        await context.with(propagation.setBaggage(context.active(), baggage), async () => {
          const run = await putOne(backend, counting);
          await workOff(backend, run.id);
          expect(await outputOf(backend, run.id)).toEqual([]);
        });
        await backend.close();
      }),
    );

    it.skipIf(place.name !== "redis").each([
      ["none", undefined],
      ["a damaged one", "{damaged"],
    ])("gives a run a trace of its own when %s is stored with it", (_which, tm) =>
      traced(async (spans) => {
        const backend = await here.open();
        const run = await inSpan("import", () => putOne(backend, counting));
        const redis = new Redis(here.redisUrl ?? "");
        const job = `{sluice}:runs:run-${run.id}`;
        const options = JSON.parse((await redis.hget(job, "opts")) ?? "");
        expect(options.tm).toContain("traceparent");
        await redis.hset(job, "opts", JSON.stringify({ ...options, tm }));
        redis.disconnect();
        await inSpan("a worker's start", () => workOff(backend, run.id));
        await backend.close();
        expect(wayTo(spans.named("code count"), spans)[0]).toBe("process runs");
      }),
    );
  });
}
