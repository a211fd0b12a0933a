import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AnyPipeline, code, definePipeline, llm, openRouter, type RunEvent } from "@sluice/core";
import { type Simulator, startSimulator } from "@sluice/simulator";
import {
  type Backend,
  batchProgress,
  createRegistry,
  type Enqueued,
  type EnqueueItem,
  enqueue,
  find,
  openBackend,
  type ResultLine,
  results,
  startWorker,
  type WorkerOptions,
  watchBatch,
} from "@sluice/worker";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { putEmptyStore } from "../../../test/empty-store.ts";
import { FastClock } from "./faults/fast-clock.ts";

const input = z.object({ text: z.string() });
const begin = (name: string) => definePipeline({ name, version: 1, input });
const ask = llm({
  output: z.object({ summary: z.string() }),
  prompt: (view: { input: { text: string } }) => `<document>\n${view.input.text}\n</document>`,
  cache: false,
});
const summaries = begin("summaries").step("ask", ask);

let home: string;
let backend: Backend;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "sluice-worker-"));
  await putEmptyStore(home);
  backend = await openBackend({ home });
});

afterAll(async () => {
  await backend.close();
  await rm(home, { recursive: true, force: true });
});

const texts = (...all: string[]): EnqueueItem[] =>
  all.map((text, index) => ({ document: { id: null, name: `${index + 1}.txt` }, input: { text } }));

/** New runs, whatever the tests before have enqueued. */
async function put(pipeline: AnyPipeline, items: EnqueueItem[]): Promise<Enqueued> {
  return enqueue(backend, { pipeline, items, total: items.length, fresh: true });
}

async function linesOf(batchId: string): Promise<ResultLine[]> {
  const lines: ResultLine[] = [];
  for await (const line of results(backend, { batchId })) lines.push(line);
  return lines;
}

/** As if the time had come for all that is parked. */
async function bringBackAll(batchId: string): Promise<void> {
  for (const { run } of await linesOf(batchId)) {
    if (await backend.queue.remove(run)) await backend.queue.add([run]);
  }
}

/** Works with a fresh account of its own until `until` says that it is enough. */
async function work(
  simulator: Simulator,
  pipelines: AnyPipeline[],
  until: (events: readonly RunEvent[]) => boolean | Promise<boolean>,
  more: Partial<WorkerOptions> = {},
): Promise<RunEvent[]> {
  const rules = { perMinute: 1_000, perDay: 1_000, reserve: 0, gapMs: 1 };
  const models = openRouter({
    apiKey: `key-${Math.random()}`,
    baseUrl: simulator.url,
    rules,
    clock: more.clock,
  });
  const events: RunEvent[] = [];
  const onEvent = (event: RunEvent) => void events.push(event);
  const registry = createRegistry(pipelines);
  await using _worker = await startWorker({
    backend,
    registry,
    models,
    onEvent,
    sync: models.syncQuota,
    ...more,
  });
  await expect.poll(() => until(events), { timeout: 20_000, interval: 20 }).toBe(true);
  return events;
}

const ended = (count: number) => (events: readonly RunEvent[]) =>
  events.filter(({ type }) => type === "run.completed" || type === "run.failed").length >= count;

describe("a worker", () => {
  it("turns every document into a result line, in the order of the batch", async () => {
    await using simulator = await startSimulator({ limits: { perMinute: 1_000, perDay: 1_000 } });
    const { batchId, queued } = await put(
      summaries,
      texts("The first one.", "The second one.", "The third one."),
    );
    expect(queued).toBe(3);
    await work(simulator, [summaries], ended(3));
    const lines = await linesOf(batchId);
    expect(lines.map(({ output }) => output)).toEqual([
      { summary: "The first one." },
      { summary: "The second one." },
      { summary: "The third one." },
    ]);
    expect(lines[0]).toEqual({
      run: expect.stringMatching(/^\w{12}$/),
      batch: batchId,
      pipeline: "summaries",
      version: 1,
      document: { id: null, name: "1.txt" },
      status: "completed",
      output: { summary: "The first one." },
      error: null,
      requests: 1,
      models: [expect.stringMatching(/:free$/)],
      cached: false,
      startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      finishedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
  });

  it("goes on with the batch when a document could not be loaded, does not fit, or its step throws", async () => {
    await using simulator = await startSimulator({ limits: { perMinute: 1_000, perDay: 1_000 } });
    const picky = begin("picky").step(
      "check",
      code({
        output: z.string(),
        run: ({ input: { text } }) => {
          if (text === "bad") throw new Error("not this one");
          return text;
        },
      }),
    );
    const unreadable = {
      document: { id: null, name: "x.pdf" },
      error: { code: "DOCUMENT_SCANNED", message: "no text" },
    };
    const wrong = { document: { id: null, name: "y.txt" }, input: { body: 7 } };
    const { batchId, failed } = await put(picky, [unreadable, wrong, ...texts("bad", "good")]);
    expect(failed).toBe(1);
    await work(simulator, [picky], ended(3));
    expect((await linesOf(batchId)).map(({ status, error }) => error?.code ?? status)).toEqual([
      "DOCUMENT_SCANNED",
      "INPUT_INVALID",
      "STEP_FAILED",
      "completed",
    ]);
  });

  it("parks what the day has no room for, says until when, and asks no more", async () => {
    await using simulator = await startSimulator({ limits: { perDay: 2 } });
    const { batchId } = await put(summaries, texts("One.", "Two.", "Three.", "Four."));
    const parkedAll = async () => {
      const { counts } = await batchProgress(backend, { id: batchId, total: 4 });
      return counts.completed === 2 && counts.parked === 2;
    };
    const events = await work(simulator, [summaries], parkedAll);
    expect(events).toContainEqual({
      type: "run.parked",
      runId: expect.any(String),
      until: expect.any(Number),
      why: "day",
    });
    expect(simulator.usedToday()).toBeLessThanOrEqual(3);
    // A new day: the same runs, on an account with room.
    await bringBackAll(batchId);
    await using nextDay = await startSimulator();
    await work(nextDay, [summaries], ended(2));
    const { counts } = await batchProgress(backend, { id: batchId, total: 4 });
    expect(counts).toMatchObject({ completed: 4, parked: 0 });
  });

  it("stops at once when the account is halted, and leaves every run as it was", async () => {
    await using simulator = await startSimulator();
    simulator.script("*", { kind: "insufficient-credits-402" });
    const { batchId } = await put(summaries, texts("One.", "Two."));
    const models = openRouter({ apiKey: "halted", baseUrl: simulator.url });
    const registry = createRegistry([summaries]);
    await using worker = await startWorker({ backend, registry, models, concurrency: 1 });
    expect(await worker.halted).toMatchObject({ code: "ACCOUNT_HALTED" });
    await worker.close();
    const { counts } = await batchProgress(backend, { id: batchId, total: 2 });
    expect(counts.failed + counts.completed).toBe(0);
    await bringBackAll(batchId);
    await work(await simulator, [summaries], ended(2));
    expect((await linesOf(batchId)).map(({ status }) => status)).toEqual(["completed", "completed"]);
  });

  it("gives a run back when it is closed, and another worker takes it up at its step", async () => {
    await using simulator = await startSimulator();
    let hang = true;
    const slow = begin("slow")
      .step("ask", ask)
      .step(
        "wait",
        code({
          output: z.boolean(),
          run: ({ signal }) =>
            hang
              ? new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)))
              : true,
        }),
      );
    const { batchId } = await put(slow, texts("One."));
    const models = openRouter({ apiKey: "slow", baseUrl: simulator.url });
    const events: RunEvent[] = [];
    const worker = await startWorker({
      backend,
      registry: createRegistry([slow]),
      models,
      onEvent: (event) => void events.push(event),
    });
    await expect
      .poll(() => events.some((event) => event.type === "step.started" && event.step === "wait"))
      .toBe(true);
    await worker.close(50);
    expect((await linesOf(batchId))[0]?.status).toBe("queued");
    hang = false;
    const resumed = await work(simulator, [slow], ended(1));
    expect(resumed).toContainEqual(expect.objectContaining({ type: "run.started", resumedSteps: 1 }));
    expect(simulator.usedToday()).toBe(1);
  });

  it("waits for a server that is away, and counts the retry", async () => {
    const simulator = await startSimulator();
    await simulator.close();
    const { batchId } = await put(summaries, texts("One."));
    const waits = async () => (await linesOf(batchId))[0]?.status === "parked";
    // It comes back to the server three times, after one, two and four seconds.
    await work(simulator, [summaries], waits, { sync: undefined, clock: new FastClock(20) });
    const [line] = await linesOf(batchId);
    const run = await backend.runs.get(line?.run ?? "");
    expect(run).toMatchObject({ status: "parked", parkedWhy: "SERVER_UNREACHABLE", retries: 1, requests: 0 });
    await backend.queue.remove(run?.id ?? "");
  });

  it("leaves a run whose pipeline it does not know to a worker that does", async () => {
    await using simulator = await startSimulator();
    const foreign = begin("foreign").step("ask", ask);
    const { batchId } = await put(foreign, texts("One."));
    const waits = async () => (await linesOf(batchId))[0]?.status === "parked";
    await work(simulator, [summaries], waits);
    const [line] = await linesOf(batchId);
    expect(await backend.runs.get(line?.run ?? "")).toMatchObject({ parkedWhy: "PIPELINE_UNKNOWN" });
    await bringBackAll(batchId);
    await work(simulator, [foreign], ended(1));
    expect((await linesOf(batchId))[0]?.status).toBe("completed");
  });

  it("puts stored runs into the queue that their process never queued", async () => {
    await using simulator = await startSimulator();
    const { batchId } = await put(summaries, texts("One."));
    const [line] = await linesOf(batchId);
    expect(await backend.queue.remove(line?.run ?? "")).toBe(true);
    await work(simulator, [summaries], ended(1));
    expect((await linesOf(batchId))[0]?.status).toBe("completed");
  });
});

describe("the client", () => {
  it("finds runs and batches by what a person types", async () => {
    const { batchId } = await put(summaries, texts("One.", "Two."));
    const [line] = await linesOf(batchId);
    expect(await find(backend, batchId)).toMatchObject({ kind: "batch", batch: { id: batchId, total: 2 } });
    expect(await find(backend, "latest-batch")).toMatchObject({ kind: "batch", batch: { id: batchId } });
    expect(await find(backend, line?.run.slice(0, 9) ?? "")).toMatchObject({
      kind: "run",
      run: { id: line?.run },
    });
    expect(await find(backend, "latest")).toMatchObject({ kind: "run", run: { batchId } });
    await expect(find(backend, "nothing-like-it")).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
  });

  it("watches a batch until it is finished, and stops when told to", async () => {
    const { batchId } = await put(summaries, [
      { document: { id: null, name: "x" }, error: { code: "DOCUMENT_EMPTY", message: "" } },
    ]);
    const seen = [];
    for await (const progress of watchBatch(backend, { id: batchId, total: 1 })) seen.push(progress.finished);
    expect(seen).toEqual([1]);
    for await (const _ of watchBatch(backend, { id: batchId, total: 2 }, { signal: AbortSignal.abort() }))
      seen.push(0);
    expect(seen).toEqual([1]);
  });

  it("refuses two pipelines of one name and version", () => {
    expect(() => createRegistry([summaries, begin("summaries")])).toThrow(
      /Two pipelines are named summaries@1/,
    );
    const second = definePipeline({ name: "summaries", version: 2, input });
    expect(createRegistry([summaries, second]).find("summaries").version).toBe(2);
    expect(createRegistry([summaries, second]).find("summaries", 1).version).toBe(1);
  });
});
