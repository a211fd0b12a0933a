import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { code, definePipeline, llm, openRouter, randomId } from "@sluice/core";
import { startSimulator } from "@sluice/simulator";
import {
  type Backend,
  createRegistry,
  type EnqueueItem,
  type EnqueueRequest,
  enqueue,
  existingRuns,
  find,
  type ResultLine,
  results,
  startWorker,
} from "@sluice/worker";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { inState, type Place, placesOfTest, workOn } from "./places.ts";

const input = z.object({ text: z.string() });
/** As in `killed-enqueuer.mjs`. */
const lengths = definePipeline({ name: "lengths", version: 1, input }).step(
  "length",
  code({ output: z.number(), run: ({ input }) => input.text.length }),
);
const PATIENCE = { timeout: 15_000, interval: 20 };

/** Items that no other test has. */
function newItems(count: number): EnqueueItem[] {
  const texts = Array.from({ length: count }, () => randomId(12));
  return texts.map((text) => ({ document: { id: text, name: `${text}.txt` }, input: { text } }));
}

describe.each(await placesOfTest())("enqueueing, on $name", ({ isPresent, make, stop }) => {
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
  const put = (items: EnqueueItem[], more: Partial<EnqueueRequest> = {}) =>
    enqueue(backend, { pipeline: lengths, items, total: items.length, ...more });
  const linesOf = async (batchId: string) => {
    const lines: ResultLine[] = [];
    for await (const line of results(backend, { batchId })) lines.push(line);
    return lines;
  };
  const untilDone = (batchId: string) =>
    expect
      .poll(async () => (await linesOf(batchId)).every(({ status }) => status === "completed"), PATIENCE)
      .toBe(true);

  promise(
    "the same documents twice gives the same runs, and a batch with all results at no request",
    async () => {
      await using simulator = await startSimulator({ limits: { perMinute: 1_000, perDay: 1_000 } });
      const output = z.object({ summary: z.string() });
      const prompt = (view: { input: { text: string } }) => `<document>\n${view.input.text}\n</document>`;
      const pipeline = definePipeline({ name: "asking", version: 1, input }).step(
        "ask",
        llm({ output, prompt, cache: false }),
      );
      const models = openRouter({ apiKey: randomId(8), baseUrl: simulator.url });
      await using _worker = await startWorker({ backend, registry: createRegistry([pipeline]), models });
      const items = newItems(3);
      const first = await put(items, { pipeline });
      expect(first).toMatchObject({ queued: 3, existing: 0, again: 0, failed: 0, total: 3 });
      await untilDone(first.batchId);
      const sent = simulator.journal.length;
      const second = await put([...items, ...newItems(1)], { pipeline });
      expect(second).toMatchObject({ queued: 1, existing: 3, total: 4 });
      expect(second.runs.slice(0, 3)).toEqual(first.runs.map(({ run }) => ({ run, how: "existing" })));
      await untilDone(second.batchId);
      expect(await find(backend, "latest-batch")).toMatchObject({ batch: { id: second.batchId, total: 4 } });
      const lines = await linesOf(second.batchId);
      expect(lines.slice(0, 3)).toEqual(await linesOf(first.batchId));
      expect(lines).toHaveLength(4);
      expect(simulator.journal.slice(sent).filter(({ method }) => method === "POST")).toHaveLength(1);
    },
  );

  promise("tells beforehand which runs stand for items, as it would find them", async () => {
    const [known, failed, fresh] = newItems(3);
    if (!known || !failed || !fresh) throw new Error("there are three");
    const [first] = (await put([known, failed])).runs;
    const second = (await put([failed])).runs[0]?.run ?? "";
    await backend.runs.update(second, (run) => ({ ...run, status: "cancelled" }));
    const broken = { document: { id: null, name: "c" }, error: { code: "DOCUMENT_EMPTY", message: "" } };
    const found: Array<string | undefined> = [];
    for await (const { run } of existingRuns(backend, lengths, [known, broken, failed, fresh, known])) {
      found.push(run?.id);
    }
    expect(found).toEqual([first?.run, undefined, undefined, undefined, first?.run]);
  });

  promise("notes what the batch was planned to take", async () => {
    const { batchId } = await put(newItems(2), { plannedRequests: () => 5 });
    expect(await backend.runs.getBatch(batchId)).toMatchObject({ total: 2, plannedRequests: 5 });
    const unplanned = await put(newItems(1));
    expect(await backend.runs.getBatch(unplanned.batchId)).not.toHaveProperty("plannedRequests");
  });

  promise("another document, input, version or definition gives another run", async () => {
    const [item] = newItems(1);
    if (!item || !("input" in item)) throw new Error("no item was made");
    const changed = definePipeline({ name: "lengths", version: 1, input }).step(
      "length",
      code({ output: z.number(), run: ({ input: { text } }) => text.length + 1 }),
    );
    const { run: first } = (await put([item])).runs[0] ?? {};
    const others = [
      await put([{ ...item, document: { ...item.document, name: "other.txt" } }]),
      await put([{ ...item, input: { text: "other" } }]),
      await put([item], { pipeline: definePipeline({ name: "lengths", version: 2, input }) }),
      await put([item], { pipeline: changed }),
    ];
    const runs = others.flatMap((other) => other.runs);
    expect(runs.map(({ how }) => how)).toEqual(["new", "new", "new", "new"]);
    expect(new Set([first, ...runs.map(({ run }) => run)]).size).toBe(5);
    const { document, input: given } = item;
    expect((await put([{ input: given, document: { name: document.name, id: document.id } }])).existing).toBe(
      1,
    );
  });

  promise("one item fifty times at the same time makes one run, and tells so", async () => {
    const items = newItems(1);
    const all = await Promise.all(Array.from({ length: 50 }, () => put(items)));
    expect(new Set(all.flatMap(({ runs }) => runs.map(({ run }) => run))).size).toBe(1);
    expect(all.filter(({ queued }) => queued === 1)).toHaveLength(1);
    expect(all.filter(({ existing }) => existing === 1)).toHaveLength(49);
    const [run = ""] = all.flatMap(({ runs }) => runs.map((one) => one.run));
    await using worker = await workOn(backend, [lengths]);
    await inState(backend, run, "completed");
    for (const { batchId } of all) expect((await linesOf(batchId)).map((line) => line.run)).toEqual([run]);
    expect(
      worker.events.filter((event) => event.type === "run.completed" && event.runId === run),
    ).toHaveLength(1);
  });

  promise("an item whose run has failed or was cancelled gives a new run, and says so", async () => {
    const items = newItems(2);
    const { runs } = await put(items);
    for (const [index, status] of (["failed", "cancelled"] as const).entries()) {
      await backend.runs.update(runs[index]?.run ?? "", (run) => ({ ...run, status }));
    }
    const second = await put(items);
    expect(second).toMatchObject({ queued: 2, again: 2, existing: 0 });
    expect(second.runs.map(({ how }) => how)).toEqual(["again", "again"]);
    expect(await put(items)).toMatchObject({
      queued: 0,
      existing: 2,
      runs: second.runs.map(({ run }) => ({ run })),
    });
  });

  promise("afresh makes new runs, which are the ones that exist from then on", async () => {
    const items = newItems(2);
    await put(items);
    const fresh = await put(items, { fresh: true });
    expect(fresh).toMatchObject({ queued: 2, existing: 0, again: 0 });
    expect(await backend.runs.get(fresh.runs[0]?.run ?? "")).toMatchObject({ fresh: true });
    expect((await put(items)).runs).toEqual(fresh.runs.map(({ run }) => ({ run, how: "existing" })));
  });

  promise("counts an item that comes twice once, and what could not be loaded always", async () => {
    const [item] = newItems(1);
    const failed = {
      document: { id: null, name: "torn.pdf" },
      error: { code: "DOCUMENT_MALFORMED", message: "x" },
    };
    if (!item) throw new Error("no item was made");
    const { batchId, ...told } = await put([item, failed, item, failed]);
    expect(told).toMatchObject({ queued: 1, existing: 1, failed: 2, total: 3 });
    expect(told.runs.map(({ how }) => how)).toEqual(["new", "failed", "existing", "failed"]);
    expect(await backend.runs.getBatch(batchId)).toMatchObject({ total: 3 });
    expect((await linesOf(batchId)).map(({ status }) => status)).toEqual(["queued", "failed", "failed"]);
    expect(
      (await backend.runs.get(told.runs[1]?.run ?? ""))?.history.map(({ status, why }) => [status, why]),
    ).toEqual([
      ["queued", undefined],
      ["failed", "DOCUMENT_MALFORMED"],
    ]);
  });

  promise("keeps what was enqueued before the items broke off, as a batch of its own size", async () => {
    const items = newItems(2);
    const breaking = async function* () {
      yield* items;
      throw new Error("the disk is gone");
    };
    await expect(put([], { items: breaking(), total: 9 })).rejects.toThrow("the disk is gone");
    const { existing, runs } = await put(items);
    expect(existing).toBe(2);
    const { batchId = "" } = (await backend.runs.get(runs[0]?.run ?? "")) ?? {};
    expect(await backend.runs.getBatch(batchId)).toMatchObject({ total: 2 });
  });

  promise("takes urgent runs first and low ones last", async () => {
    const order = { low: await put(newItems(1), { priority: "low" }), normal: await put(newItems(1)) };
    const urgent = await put(newItems(1), { priority: "urgent" });
    const models = openRouter({ apiKey: "nobody", baseUrl: "http://127.0.0.1:9" });
    const started: string[] = [];
    await using _worker = await startWorker({
      backend,
      registry: createRegistry([lengths]),
      models,
      concurrency: 1,
      onEvent: (event) => void (event.type === "run.completed" && started.push(event.runId)),
    });
    const wanted = [urgent, order.normal, order.low].map(({ runs }) => runs[0]?.run ?? "");
    const mine = () => started.filter((run) => wanted.includes(run));
    await expect.poll(() => mine().length, PATIENCE).toBe(3);
    expect(mine()).toEqual(wanted);
    expect((await backend.runs.get(wanted[0] ?? ""))?.priority).toBe("urgent");
  });

  promise(
    "begins a delayed run at its time, also after a restart, and remembers what it was when",
    async () => {
      const notBefore = Date.now() + 1_500;
      const run = (await put(newItems(1), { notBefore })).runs[0]?.run ?? "";
      expect(await backend.runs.get(run)).toMatchObject({
        status: "parked",
        parkedUntil: notBefore,
        parkedWhy: "delay",
      });
      // Its job is gone: whoever repairs that must not begin it early.
      await backend.queue.remove(run);
      await using _worker = await workOn(backend, [lengths]);
      const { startedAt, history } = await inState(backend, run, "completed");
      expect(startedAt).toBeGreaterThanOrEqual(notBefore);
      expect(history.map(({ status }) => status)).toEqual(["parked", "running", "completed"]);
    },
  );

  promise("refuses a time that is none", async () => {
    for (const more of [
      { delayMs: -1 },
      { delayMs: Number.NaN },
      { notBefore: Infinity },
      { delayMs: 1, notBefore: 1 },
    ]) {
      await expect(put(newItems(1), more)).rejects.toMatchObject({ code: "OPTION_INVALID" });
    }
  });

  const enqueueAndDie = async (settings: Record<string, string>, at: RegExp) => {
    await backend.close();
    const script = fileURLToPath(new URL("fixtures/killed-enqueuer.mjs", import.meta.url));
    const env = { ...process.env, TEST_HOME: place.home, TEST_REDIS_URL: place.redisUrl ?? "", ...settings };
    const child = spawn(process.execPath, [script], { env, stdio: ["ignore", "pipe", "inherit"] });
    const exited = once(child, "exit");
    for await (const line of createInterface({ input: child.stdout }))
      if (at.test(line)) child.kill("SIGKILL");
    expect(await exited).toEqual([null, "SIGKILL"]);
    backend = await place.open();
    const found = await find(backend, "latest-batch");
    if (found.kind !== "batch") throw new Error("no batch was begun");
    return found.batch.id;
  };

  promise(
    "when it is killed between storing and queueing, leaves runs that the next worker finishes",
    async () => {
      const batchId = await enqueueAndDie({ TEST_COUNT: "40", TEST_HANG: "1" }, /stored/);
      expect((await linesOf(batchId)).map(({ status }) => status)).toEqual(Array(40).fill("queued"));
      await using _worker = await workOn(backend, [lengths]);
      await untilDone(batchId);
      expect((await linesOf(batchId)).map(({ output }) => output)).toEqual(
        Array.from({ length: 40 }, (_, index) => index + 1),
      );
    },
    60_000,
  );

  promise("again queues a run that was stored and never queued", async () => {
    const items = newItems(1);
    const { runs } = await put(items);
    const run = runs[0]?.run ?? "";
    await backend.queue.remove(run);
    expect((await put(items)).existing).toBe(1);
    expect(await backend.queue.remove(run)).toBe(true);
  });

  promise(
    "when it is killed in the middle leaves every run whole or not at all",
    async () => {
      const count = 3_000;
      const batchId = await enqueueAndDie({ TEST_COUNT: String(count) }, /enqueued (1000|1500|2000)/);
      const lines = await linesOf(batchId);
      expect(lines.length).toBeGreaterThanOrEqual(1_000);
      expect(lines.length % 500).toBe(0);
      const counts = await backend.runs.countByStatus(batchId);
      expect(counts.queued + counts.completed).toBe(lines.length);
      const inputs = await Promise.all(lines.map(({ run }) => backend.runs.readInput(run)));
      expect(inputs.filter((text) => text === undefined)).toEqual([]);
      expect(new Set(lines.map(({ document }) => document.name)).size).toBe(lines.length);
    },
    60_000,
  );
});
