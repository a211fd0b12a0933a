import { code, DAY_MS, definePipeline, HOUR_MS, openRouter, randomId } from "@sluice/core";
import { ManualClock } from "@sluice/core/testing";
import {
  type Backend,
  batchProgress,
  cancel,
  createRegistry,
  type EnqueueItem,
  enqueue,
  markExported,
  type PruneRequest,
  prune,
  type ResultLine,
  type RunRecord,
  type RunStore,
  results,
  retain,
  retry,
  startWorker,
} from "@sluice/worker";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { inState, type Place, placesOfTest, workOn } from "./places.ts";

const broken = { is: false };

describe.each(await placesOfTest())("pruning, on $name", ({ isPresent, make, stop }) => {
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

  /** A pipeline of its own for each test: nobody else's runs are pruned. */
  function makePipeline() {
    return definePipeline({ name: `p-${randomId(6)}`, version: 1, input: z.object({ text: z.string() }) })
      .step("size", code({ output: z.number(), run: ({ input }) => input.text.length }))
      .step(
        "check",
        code({
          output: z.string(),
          run: ({ input }) => {
            if (broken.is || input.text === "bad") throw new Error("bad");
            return `checked ${input.text}`;
          },
        }),
      );
  }

  const itemOf = (text: string): EnqueueItem => ({
    document: { id: text, name: `${text}.txt` },
    input: { text },
  });

  async function put(pipeline: ReturnType<typeof makePipeline>, texts: readonly string[]) {
    const enqueued = await enqueue(backend, { pipeline, items: texts.map(itemOf), total: texts.length });
    return { id: enqueued.batchId, total: enqueued.total, ids: enqueued.runs.map(({ run }) => run) };
  }

  /** A batch of runs that are finished. */
  async function finished(texts: readonly string[]) {
    const pipeline = makePipeline();
    const batch = await put(pipeline, texts);
    await using _worker = await workOn(backend, [pipeline]);
    const done = async () => (await batchProgress(backend, batch)).finished;
    await expect.poll(done, { timeout: 20_000, interval: 20 }).toBe(texts.length);
    return { pipeline, batch };
  }

  const linesOf = async (batchId: string): Promise<ResultLine[]> => {
    const lines: ResultLine[] = [];
    for await (const line of results(backend, { batchId })) lines.push(line);
    return lines;
  };
  /** Prunes the runs of one pipeline, seen from the next day. */
  const pruneNow = (pipeline: { name: string }, more: Partial<PruneRequest> = {}) =>
    prune(backend, {
      ...{ pipeline: pipeline.name, olderThanMs: HOUR_MS },
      clock: new ManualClock(Date.now() + DAY_MS),
      ...more,
    });

  promise("keeps a result that was not exported, and removes it when it was, or when told so", async () => {
    const { pipeline, batch } = await finished(["one", "two", "bad"]);
    expect(await pruneNow(pipeline, { isDryRun: true })).toEqual({ runs: 1, unexported: 2 });
    expect(await pruneNow(pipeline)).toEqual({ runs: 1, unexported: 2 });
    const lines = await linesOf(batch.id);
    expect(lines.map(({ output }) => output)).toEqual(["checked one", "checked two"]);
    expect(await batchProgress(backend, (await backend.runs.getBatch(batch.id)) ?? batch)).toMatchObject({
      ...{ finished: 2, total: 2 },
    });

    await markExported(backend, lines.slice(0, 1));
    expect(await pruneNow(pipeline)).toEqual({ runs: 1, unexported: 1 });
    expect((await linesOf(batch.id)).map(({ output }) => output)).toEqual(["checked two"]);
    expect(await pruneNow(pipeline, { includeUnexported: true, isDryRun: true })).toMatchObject({ runs: 1 });
    expect(await pruneNow(pipeline, { includeUnexported: true })).toEqual({ runs: 1, unexported: 0 });
    expect(await backend.runs.getBatch(batch.id)).toBeUndefined();
  });

  promise("reads no result as exported by itself", async () => {
    const { pipeline, batch } = await finished(["one"]);
    await linesOf(batch.id);
    expect(await pruneNow(pipeline)).toEqual({ runs: 0, unexported: 1 });
  });

  promise("takes a result that came after its run was exported for one that was not", async () => {
    const { pipeline, batch } = await finished(["one"]);
    await markExported(backend, await linesOf(batch.id));
    const registry = createRegistry([pipeline]);
    const [run] = await recordsOf(backend, batch.id);
    await retry(backend, registry, run ? [run] : [], { from: "check" });
    await using _worker = await workOn(backend, [pipeline]);
    await inState(backend, batch.ids[0] ?? "", "completed");
    expect(await pruneNow(pipeline)).toEqual({ runs: 0, unexported: 1 });
  });

  promise("leaves alone what is younger, unfinished, of another pipeline or of another state", async () => {
    const { pipeline, batch } = await finished(["bad"]);
    const waiting = await put(pipeline, ["one"]);
    expect(await pruneNow(pipeline, { olderThanMs: 2 * DAY_MS })).toMatchObject({ runs: 0 });
    expect(await pruneNow({ name: "another" })).toMatchObject({ runs: 0 });
    expect(await pruneNow(pipeline, { states: ["completed", "cancelled"] })).toMatchObject({ runs: 0 });
    expect(await pruneNow(pipeline, { states: ["failed"] })).toMatchObject({ runs: 1 });
    expect(await backend.runs.getBatch(batch.id)).toBeUndefined();
    expect(await backend.runs.countByStatus(waiting.id)).toMatchObject({ queued: 1 });
    await cancel(backend, await recordsOf(backend, waiting.id));
  });

  promise("makes the same document a new run, where dropping parts does not", async () => {
    const { pipeline, batch } = await finished(["one"]);
    const everything = { includeUnexported: true, parts: ["input", "result"] } as const;
    expect(await pruneNow(pipeline, everything)).toMatchObject({ runs: 1 });
    expect(await pruneNow(pipeline, everything)).toMatchObject({ runs: 0 });
    expect(await linesOf(batch.id)).toMatchObject([{ status: "completed", output: null, pruned: true }]);
    const known = await enqueue(backend, { pipeline, items: [itemOf("one")], total: 1 });
    expect(known.existing).toBe(1);
    await pruneNow(pipeline, {
      includeUnexported: true,
      olderThanMs: 0,
      clock: new ManualClock(Date.now() + 1),
    });
    const again = await enqueue(backend, { pipeline, items: [itemOf("one")], total: 1 });
    expect(again).toMatchObject({ queued: 1, existing: 0 });
    await cancel(backend, await recordsOf(backend, again.batchId));
  });

  promise("keeps a run that somebody has enqueued again since", async () => {
    const { pipeline, batch } = await finished(["one", "two"]);
    const tomorrow = new ManualClock(Date.now() + DAY_MS);
    const items = [itemOf("one")];
    const again = await enqueue(backend, { pipeline, items, total: 1, clock: tomorrow });
    expect(again.existing).toBe(1);
    expect(await pruneNow(pipeline, { includeUnexported: true })).toMatchObject({ runs: 1 });
    expect((await linesOf(again.batchId)).map(({ output }) => output)).toEqual(["checked one"]);
    expect(await backend.runs.countByStatus(batch.id)).toMatchObject({ completed: 1 });
  });

  promise("drops the document of a failed run, which then cannot be retried", async () => {
    const { pipeline, batch } = await finished(["bad"]);
    expect(await pruneNow(pipeline, { parts: ["input"] })).toEqual({ runs: 1, unexported: 0 });
    const [run] = await recordsOf(backend, batch.id);
    expect(await retry(backend, createRegistry([pipeline]), run ? [run] : [])).toMatchObject([
      { how: "noInput" },
    ]);
    expect((await backend.runs.get(run?.id ?? ""))?.status).toBe("failed");
  });

  promise("keeps a run that was retried after it had been found", async () => {
    const { pipeline, batch } = await finished(["bad"]);
    const [run] = await recordsOf(backend, batch.id);
    const retryFirst = async () => {
      await retry(backend, createRegistry([pipeline]), run ? [run] : []);
      return new Map<string, number>();
    };
    const watched = { ...backend, runs: withFindExported(backend.runs, retryFirst) };
    const clock = new ManualClock(Date.now() + DAY_MS);
    const request = { olderThanMs: HOUR_MS, pipeline: pipeline.name, clock };
    expect(await prune(watched, request)).toEqual({ runs: 0, unexported: 0 });
    expect((await backend.runs.get(run?.id ?? ""))?.status).toBe("queued");
    await cancel(backend, run ? [run] : []);
  });

  promise("lets a run that is retried at the same moment either go on whole or be gone", async () => {
    const texts = Array.from({ length: 40 }, (_, index) => `t${index}`);
    broken.is = true;
    const { pipeline, batch } = await finished(texts);
    broken.is = false;
    const registry = createRegistry([pipeline]);
    const runs = await recordsOf(backend, batch.id);
    const [retried] = await Promise.all([retry(backend, registry, runs), pruneNow(pipeline)]);
    const going = new Set(retried.filter(({ how }) => how === "continued").map(({ run }) => run));
    await using _worker = await workOn(backend, [pipeline]);
    for (const id of going) await inState(backend, id, "completed");
    const left = await recordsOf(backend, batch.id);
    for (const { id } of left) expect(going.has(id)).toBe(true);
    const counts = await backend.runs.countByStatus(batch.id);
    expect(counts).toMatchObject({ completed: left.length, failed: 0, queued: 0 });
  });

  promise("does no harm twice, or by two at the same time, and can be ended in between", async () => {
    const texts = Array.from({ length: 250 }, (_, index) => `t${index}`);
    const pipeline = makePipeline();
    const batch = await put(pipeline, texts);
    await cancel(backend, backend.runs.list({ batchId: batch.id }));
    const end = new AbortController();
    end.abort(new Error("enough"));
    await expect(pruneNow(pipeline, { signal: end.signal })).rejects.toThrow("enough");
    const both = await Promise.all([pruneNow(pipeline), pruneNow(pipeline)]);
    expect(both.reduce((sum, { runs }) => sum + runs, 0)).toBe(250);
    expect(await backend.runs.getBatch(batch.id)).toBeUndefined();
    expect(await backend.runs.countByStatus(batch.id)).toMatchObject({ cancelled: 0 });
  });

  promise(
    "is done by a worker that is told for how long what is stored is kept",
    async () => {
      const { pipeline, batch } = await finished(["one", "bad"]);
      const clock = new ManualClock(Date.now() + DAY_MS);
      const kept = await retain(backend, { inputsMs: HOUR_MS, runsMs: 2 * DAY_MS }, { clock });
      expect(kept.runs).toBeGreaterThanOrEqual(2);
      expect(await backend.runs.readInput(batch.ids[0] ?? "")).toBeUndefined();
      expect(await retain(backend, {}, { clock })).toEqual({ runs: 0, unexported: 0 });
      const models = openRouter({ apiKey: "nobody", baseUrl: "http://127.0.0.1:9" });
      const retention = { runsMs: HOUR_MS, includeUnexported: true };
      const registry = createRegistry([pipeline]);
      await using _worker = await startWorker({ backend, registry, models, retention, clock });
      const gone = async () => backend.runs.getBatch(batch.id);
      await expect.poll(gone, { timeout: 25_000, interval: 100 }).toBeUndefined();
    },
    60_000,
  );

  promise.each([-1, Number.NaN])("refuses an age of %d", async (olderThanMs) => {
    await expect(prune(backend, { olderThanMs })).rejects.toMatchObject({ code: "OPTION_INVALID" });
  });
});

/** A store that does something else when it is asked what was exported. */
function withFindExported(runs: RunStore, findExported: RunStore["findExported"]): RunStore {
  return new Proxy(runs, {
    get(store, key) {
      if (key === "findExported") return findExported;
      const value: unknown = Reflect.get(store, key);
      return typeof value === "function" ? value.bind(store) : value;
    },
  });
}

async function recordsOf(backend: Backend, batchId: string): Promise<RunRecord[]> {
  const runs: RunRecord[] = [];
  for await (const run of backend.runs.list({ batchId })) runs.push(run);
  return runs;
}
