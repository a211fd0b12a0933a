import {
  approve as approveStep,
  code,
  createLedger,
  definePipeline,
  llm,
  openRouter,
  type RunEvent,
  type RunStatus,
  randomId,
  sleep,
} from "@sluice/core";
import { startSimulator } from "@sluice/simulator";
import {
  type Backend,
  type CancelledRun,
  cancel,
  cancellable,
  countRuns,
  createRegistry,
  enqueue,
  type RunQueue,
  type RunRecord,
  retry,
  startWorker,
} from "@sluice/worker";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { inState, outputOf, type Place, placesOfTest, putOne, workOn } from "./places.ts";

const begin = (name = "slow") =>
  definePipeline({ name, version: 1, input: z.object({ amount: z.number() }) });

/** Two steps; the second hangs until it is told to go on, and says what stopped it. */
function slow() {
  let calls = 0;
  let isHanging = true;
  let hang = () => {};
  let letGo = () => {};
  let stop: (reason: unknown) => void = () => {};
  const hanging = new Promise<void>((resolve) => (hang = resolve));
  const released = new Promise<void>((resolve) => (letGo = resolve));
  const stopped = new Promise<unknown>((resolve) => (stop = resolve));
  const pipeline = begin()
    .step("first", code({ output: z.number(), run: () => ++calls }))
    .step(
      "second",
      code({
        output: z.string(),
        run: async ({ signal }) => {
          if (!isHanging) return "done";
          signal.addEventListener("abort", () => stop(signal.reason));
          hang();
          await released;
          return "late";
        },
      }),
    );
  const goOn = () => {
    isHanging = false;
    letGo();
  };
  return { pipeline, hanging, stopped, goOn, calls: () => calls };
}

async function putMany(backend: Backend, pipeline: ReturnType<typeof slow>["pipeline"], count: number) {
  const items = Array.from({ length: count }, (_, index) => ({
    document: { id: null, name: `${index}.txt` },
    input: { amount: index },
  }));
  return (await enqueue(backend, { pipeline, items, total: count })).batchId;
}

const ofBatch = (backend: Backend, batchId: string) =>
  backend.runs.list({ batchId, status: [...cancellable] });

describe.each(await placesOfTest())("cancel, on $name", ({ isPresent, make, stop }) => {
  let place: Place;
  let backend: Backend;

  beforeAll(async () => {
    place = await make();
    backend = await place.open();
  });

  afterAll(async () => {
    await backend.close();
    await place.remove();
    await stop();
  });

  const promise = it.skipIf(!isPresent);
  const statusOf = async (runId: string) => (await backend.runs.get(runId))?.status;

  promise("takes a queued run out of the queue, and says of a finished one that it is finished", async () => {
    const { pipeline, goOn } = slow();
    goOn();
    const queued = await putOne(backend, pipeline);
    expect(await cancel(backend, [queued])).toEqual({ cancelled: 1, finished: 0 });
    expect(await backend.runs.get(queued.id)).toMatchObject({ status: "cancelled", error: null });
    expect((await backend.runs.get(queued.id))?.finishedAt).toBeGreaterThanOrEqual(queued.enqueuedAt);
    expect(await backend.queue.remove(queued.id)).toBe(false);

    const other = await putOne(backend, pipeline);
    await using worker = await workOn(backend, [pipeline]);
    await outputOf(backend, other.id);
    const told: CancelledRun[] = [];
    const onRun = (run: CancelledRun) => void told.push(run);
    const counts = await cancel(backend, [queued, other, { id: "nowhere" }], { onRun });
    expect(counts).toEqual({ cancelled: 0, finished: 3 });
    expect(told).toEqual([
      { run: queued.id, isCancelled: false, status: "cancelled" },
      { run: other.id, isCancelled: false, status: "completed" },
      { run: "nowhere", isCancelled: false, status: undefined },
    ]);
    expect(worker.events.filter(({ runId }) => runId === queued.id)).toEqual([]);
  });

  promise("stops a run at work within a second, whatever the step does with its signal", async () => {
    const { pipeline, hanging, stopped, goOn } = slow();
    const run = await putOne(backend, pipeline);
    await using worker = await workOn(backend, [pipeline]);
    await hanging;
    const at = performance.now();
    expect(await cancel(backend, [run])).toEqual({ cancelled: 1, finished: 0 });
    expect(await stopped).toMatchObject({ code: "RUN_CANCELLED", facts: { run: run.id } });
    expect(performance.now() - at).toBeLessThan(1_000);
    // The worker is free again although the step still hangs.
    await worker.close();
    expect(performance.now() - at).toBeLessThan(2_000);
    expect(await statusOf(run.id)).toBe("cancelled");
    goOn();
  });

  promise("discards what comes too late", async () => {
    const { pipeline, hanging, goOn } = slow();
    const run = await putOne(backend, pipeline);
    await using worker = await workOn(backend, [pipeline]);
    await hanging;
    await cancel(backend, [run]);
    // Long before the worker can have seen it.
    goOn();
    const other = await putOne(backend, pipeline);
    await outputOf(backend, other.id);
    await worker.close();
    expect(await statusOf(run.id)).toBe("cancelled");
    expect(await backend.runs.readOutput(run.id)).toBeUndefined();
    const endings = worker.events.filter(({ type }) => type === "run.completed" || type === "run.failed");
    expect(endings.map(({ runId }) => runId)).toEqual([other.id]);
  });

  promise.each<{ state: RunStatus; step: "rest" | "release"; timeoutMs?: number }>([
    { state: "parked", step: "rest" },
    { state: "waiting", step: "release" },
    { state: "waiting", step: "release", timeoutMs: 3_600_000 },
  ])(
    "cancels a run that is $state (timeout $timeoutMs), and a retry goes on at once",
    async ({ state, step, timeoutMs }) => {
      let firsts = 0;
      let isShort = false;
      const first = begin(step).step("first", code({ output: z.number(), run: () => ++firsts }));
      const rest = () => sleep({ until: () => (isShort ? Date.now() : Date.now() + 3_600_000) });
      const release = approveStep({
        decision: z.object({ ok: z.boolean() }),
        question: () => "Go?",
        ...(timeoutMs === undefined ? {} : { timeoutMs, onTimeout: () => ({ ok: false }) }),
      });
      const pipeline = step === "rest" ? first.step("rest", rest()) : first.step("release", release);
      const run = await putOne(backend, pipeline);
      await using _worker = await workOn(backend, [pipeline]);
      await inState(backend, run.id, state);
      expect(await cancel(backend, [run])).toEqual({ cancelled: 1, finished: 0 });
      expect(await backend.runs.get(run.id)).toMatchObject({
        status: "cancelled",
        waitingFor: null,
        parkedUntil: null,
      });
      await expect.poll(() => backend.queue.remove(run.id)).toBe(false);
      isShort = true;
      await retry(backend, createRegistry([pipeline]), [run]);
      if (state === "waiting") await inState(backend, run.id, "waiting");
      // The time that a sleep ends at is recorded: it is not slept anew, and not shortened.
      else await inState(backend, run.id, "parked");
      expect(firsts).toBe(1);
      await cancel(backend, [run]);
    },
  );

  promise("keeps what is recorded, so that a retry goes on at the step that was stopped", async () => {
    const { pipeline, hanging, stopped, goOn, calls } = slow();
    const run = await putOne(backend, pipeline);
    await using _worker = await workOn(backend, [pipeline]);
    await hanging;
    await cancel(backend, [run]);
    await stopped;
    goOn();
    expect(await retry(backend, createRegistry([pipeline]), [run])).toEqual([
      { run: run.id, how: "continued" },
    ]);
    expect(await outputOf(backend, run.id)).toBe("done");
    expect(calls()).toBe(1);
  });

  promise(
    "stops the work on a run that was cancelled and retried in one breath, and begins it again",
    async () => {
      const { pipeline, hanging, stopped, goOn } = slow();
      const run = await putOne(backend, pipeline);
      await using worker = await workOn(backend, [pipeline]);
      await hanging;
      // Seen at work once.
      await expect.poll(() => Date.now() - run.enqueuedAt, { timeout: 3_000 }).toBeGreaterThan(1_100);
      await cancel(backend, [run]);
      await retry(backend, createRegistry([pipeline]), [run]);
      expect(await stopped).toMatchObject({ code: "RUN_CANCELLED" });
      goOn();
      expect(await outputOf(backend, run.id)).toBe("done");
      expect(worker.events.filter(({ type }) => type === "run.started")).toHaveLength(2);
    },
  );

  promise("takes nothing from a run that is retried while it is being cancelled", async () => {
    const { pipeline, goOn } = slow();
    goOn();
    const run = await putOne(backend, pipeline);
    const { queue } = backend;
    const slowly: Backend = {
      ...backend,
      queue: {
        add: (runIds) => queue.add(runIds),
        pause: () => queue.pause(),
        resume: () => queue.resume(),
        missing: (runIds) => queue.missing(runIds),
        isPaused: () => queue.isPaused(),
        consume: (options) => queue.consume(options),
        remove: async (runId) => {
          await retry(backend, createRegistry([pipeline]), [run]);
          return queue.remove(runId);
        },
      },
    };
    await cancel(slowly, [run]);
    expect(await statusOf(run.id)).toBe("queued");
    expect(await queue.remove(run.id)).toBe(true);
    await cancel(backend, [run]);
  });

  promise("leaves no job behind when it comes while the run is being parked", async () => {
    const pipeline = begin("resting").step("rest", sleep({ forMs: 3_600_000 }));
    const run = await putOne(backend, pipeline);
    const { queue } = backend;
    const slow: RunQueue = {
      add: (runs) => queue.add(runs),
      missing: (runIds) => queue.missing(runIds),
      remove: (runId) => queue.remove(runId),
      pause: () => queue.pause(),
      resume: () => queue.resume(),
      isPaused: () => queue.isPaused(),
      consume: (options) =>
        queue.consume({
          ...options,
          process: async (runId, signal, stop) => {
            const disposition = await options.process(runId, signal, stop);
            expect(await cancel(backend, [run])).toEqual({ cancelled: 1, finished: 0 });
            expect(disposition.kind).toBe("park");
            return disposition;
          },
        }),
    };
    const worker = await workOn({ ...backend, queue: slow }, [pipeline]);
    await inState(backend, run.id, "cancelled");
    await worker.close();
    expect(await queue.remove(run.id)).toBe(false);
  });

  promise("cancels all of a batch that is not finished, in chunks, and nothing else", async () => {
    const { pipeline, goOn } = slow();
    goOn();
    const before = await countRuns(backend);
    const other = await putOne(backend, pipeline);
    const batchId = await putMany(backend, pipeline, 450);
    const [first] = await collect(backend.runs.list({ batchId, limit: 1 }));
    await backend.runs.update(first?.id ?? "", (run) => ({ ...run, status: "failed" }));
    expect(await cancel(backend, ofBatch(backend, batchId))).toEqual({ cancelled: 449, finished: 0 });
    expect(await backend.runs.countByStatus(batchId)).toMatchObject({ queued: 0, cancelled: 449, failed: 1 });
    const after = await countRuns(backend);
    expect(after.cancelled - before.cancelled).toBe(449);
    await using worker = await workOn(backend, [pipeline]);
    await outputOf(backend, other.id);
    await worker.close();
    expect(new Set(worker.events.map(({ runId }) => runId))).toEqual(new Set([other.id]));
  });

  promise("gives its place in the line up, and a permit that was not used is not spent", async () => {
    await using simulator = await startSimulator();
    const rules = { perMinute: 100, perDay: 1_000, reserve: 0, gapMs: 20_000 };
    const account = randomId(8);
    const cell = (name: string) => backend.cell(`${account}-${name}`);
    const models = openRouter({ apiKey: "k", baseUrl: simulator.url, rules, cell });
    const ledger = createLedger({ cell: cell("ledger"), rules });
    const ask = llm({ output: z.object({ summary: z.string() }), prompt: () => "Hello.", cache: false });
    const pipeline = begin("asking").step("ask", ask);
    const events: RunEvent[] = [];
    const runs = [await putOne(backend, pipeline), await putOne(backend, pipeline)];
    const registry = createRegistry([pipeline]);
    await using _worker = await startWorker({
      backend,
      registry,
      models,
      onEvent: (e) => void events.push(e),
    });
    const done = (run: RunRecord) =>
      events.some(({ type, runId }) => type === "run.completed" && runId === run.id);
    await expect.poll(() => runs.filter(done).length, { timeout: 10_000 }).toBe(1);
    await expect.poll(async () => (await ledger.status()).waiting, { timeout: 10_000 }).toBe(1);
    const used = (await ledger.status()).usedToday;
    await cancel(backend, runs);
    await expect.poll(async () => (await ledger.status()).waiting, { timeout: 1_000, interval: 20 }).toBe(0);
    expect((await ledger.status()).usedToday).toBe(used);
    expect(simulator.usedToday()).toBe(1);
  });
});

async function collect<T>(all: AsyncIterable<T>): Promise<T[]> {
  const kept: T[] = [];
  for await (const one of all) kept.push(one);
  return kept;
}
