import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { approve as approveStep, code, definePipeline } from "@sluice/core";
import {
  approve,
  type Backend,
  cancel,
  createRegistry,
  type EventLog,
  enqueue,
  keptEvents,
  type LoggedEvent,
  openBackend,
  retry,
  type Watched,
  type WatchOptions,
  watchBatch,
  watchRuns,
} from "@sluice/worker";
import { startRedisServer } from "@sluice/worker/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { inState, type Place, placesOfTest, putOne, workOn } from "./places.ts";

const PATIENCE = { timeout: 20_000, interval: 50 };
const input = z.object({ text: z.string() });
/** The pipeline of fixtures/watched-worker.mjs, as far as a client needs it. */
const watched = definePipeline({ name: "watched", version: 1, input });
const quick = definePipeline({ name: "quick", version: 1, input: z.object({ amount: z.number() }) }).step(
  "double",
  code({ output: z.number(), run: ({ input: { amount } }) => 2 * amount }),
);
const paying = definePipeline({ name: "paying", version: 1, input: z.object({ amount: z.number() }) }).step(
  "release",
  approveStep({ decision: z.object({ ok: z.boolean() }), question: () => "Pay?" }),
);

const itemsOf = (...texts: string[]) =>
  texts.map((text, index) => ({ document: { id: null, name: `${index + 1}.txt` }, input: { text } }));

/** A watch whose events are seen while it goes on. */
function listen(backend: Backend, what: Watched, options?: WatchOptions) {
  const heard: LoggedEvent[] = [];
  const ended = (async () => {
    for await (const event of watchRuns(backend, what, options)) heard.push(event);
    return heard;
  })();
  const hears = (wanted: (event: LoggedEvent) => boolean) =>
    expect.poll(() => heard.some(wanted), PATIENCE).toBe(true);
  return { ended, hears };
}

const collect = (backend: Backend, what: Watched, options?: WatchOptions) =>
  listen(backend, what, options).ended;

const typesOf = (events: readonly LoggedEvent[]) => events.map(({ event }) => event.type);
const endsOf = (events: readonly LoggedEvent[]) =>
  events.filter(({ event }) => event.type === "run.completed" || event.type === "run.failed");

/** A worker in a process of its own, which hangs in the text `hang` while the file is there. */
class WorkerProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  #output = "";

  constructor({ home, redisUrl = "" }: Place, hangFile = "") {
    const program = fileURLToPath(new URL("fixtures/watched-worker.mjs", import.meta.url));
    const env = { ...process.env, TEST_HOME: home, TEST_REDIS_URL: redisUrl, TEST_HANG: hangFile };
    this.#child = spawn(process.execPath, [program], { env, stdio: ["ignore", "pipe", "inherit"] });
    this.#child.stdout?.on("data", (data: Buffer) => {
      this.#output += data.toString();
    });
  }

  says(text: string): Promise<void> {
    return expect.poll(() => this.#output, { timeout: 60_000, interval: 20 }).toContain(text);
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill("SIGKILL");
    await once(this.#child, "exit");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}

for (const { name, isPresent, make, stop } of await placesOfTest()) {
  describe.skipIf(!isPresent)(`watching, on ${name}`, () => {
    let place: Place;
    let hangFile: string;
    let backend: Backend;
    let opened: Promise<Backend> | undefined;
    /** By the first test that needs it: one of them is about a process that opened the store before. */
    const open = async () => {
      opened ??= place.open();
      backend = await opened;
    };

    beforeAll(async () => {
      place = await make();
      hangFile = join(place.home, "hang");
      await writeFile(hangFile, "");
    });

    afterAll(async () => {
      await (await opened)?.close();
      await place.remove();
      await stop();
    }, 30_000);

    it("goes on when the worker is killed that did the work and hosted the store, and misses nothing", async () => {
      await using first = new WorkerProcess(place, hangFile);
      await first.says("working");
      await open();
      const after = await backend.events.newest();
      const items = itemsOf("one", "hang", "fail");
      const { batchId } = await enqueue(backend, { pipeline: watched, items, total: items.length });
      const early = listen(backend, { batchId }, { from: { after } });
      const progress = lastOf(watchBatch(backend, { id: batchId, total: items.length }));
      await first.says("hanging");
      // What a worker had not written yet is lost with it.
      await early.hears(
        ({ document, event }) => document === "2.txt" && "step" in event && event.step === "work",
      );
      const late = collect(backend, { batchId }, { from: "kept" });
      await first.kill();
      await rm(hangFile);
      await using _second = new WorkerProcess(place);

      const events = await early.ended;
      expect(await late).toEqual(events);
      expect((await progress)?.counts).toMatchObject({ completed: 2, failed: 1 });
      expect(typesOf(endsOf(events)).sort()).toEqual(["run.completed", "run.completed", "run.failed"]);
      expect(new Set(events.map((event) => JSON.stringify(event))).size).toBe(events.length);
      const hung = events.filter(({ document }) => document === "2.txt");
      expect(typesOf(hung).filter((type) => type === "run.started")).toHaveLength(2);
      expect(hung.find(({ event }) => event.type === "step.log")).toMatchObject({
        batchId,
        event: { step: "read", message: "read", facts: { characters: 4 } },
      });
      const [run] = hung.flatMap(({ event }) => ("runId" in event ? [event.runId] : []));
      const kept: LoggedEvent[] = [];
      for await (const event of keptEvents(backend, { runId: run })) kept.push(event);
      expect(kept).toEqual(hung);
    }, 180_000);

    it("tells the end of each run also when every event is lost", async () => {
      await open();
      const deaf: Backend = { ...backend, events: losing(backend.events) };
      const { batchId } = await enqueue(deaf, {
        pipeline: quick,
        items: amounts(1, 2, 3),
        total: 3,
        fresh: true,
      });
      const watch = collect(backend, { batchId });
      await using _worker = await workOn(deaf, [quick]);
      const events = await watch;
      expect(typesOf(events)).toEqual(["run.completed", "run.completed", "run.completed"]);
      expect(new Set(events.map(({ document }) => document)).size).toBe(3);
      const runs = events.flatMap(({ event }) => ("runId" in event ? [event.runId] : []));
      expect(await collect(backend, { runId: runs[0] })).toEqual([events[0]]);
    }, 30_000);

    it("hears what clients do: enqueueing, decisions, cancelling and retrying", async () => {
      await open();
      const stopped = new AbortController();
      const after = await backend.events.newest();
      const watch = collect(backend, {}, { from: { after }, signal: stopped.signal });
      await using _worker = await workOn(backend, [paying]);
      const paid = await putOne(backend, paying);
      await inState(backend, paid.id, "waiting");
      await approve(backend, { run: paid.id, pipeline: paying, decision: { ok: true } });
      await inState(backend, paid.id, "completed");
      const dropped = await putOne(backend, paying);
      await inState(backend, dropped.id, "waiting");
      await cancel(backend, [dropped]);
      const cancelled = await inState(backend, dropped.id, "cancelled");
      await retry(backend, createRegistry([paying]), [cancelled]);
      await inState(backend, dropped.id, "waiting");
      expect(await collect(backend, { batchId: paid.batchId })).toEqual([]);
      await expect.poll(() => waitsOf(backend, dropped.id), { timeout: 10_000, interval: 20 }).toBe(2);
      stopped.abort();
      const events = await watch;
      // Client and worker write by themselves: their events may be a tenth of a second out of order.
      const inOrder = events.sort((a, b) => a.at - b.at);
      const told = (runId: string) =>
        inOrder.flatMap(({ event }) =>
          "runId" in event && event.runId === runId && event.type.startsWith("run.") ? [event] : [],
        );
      expect(told(paid.id).map(({ type }) => type)).toEqual([
        "run.started",
        "run.waiting",
        "run.queued",
        "run.started",
        "run.completed",
      ]);
      expect(told(dropped.id)).toEqual([
        expect.objectContaining({ type: "run.started" }),
        { type: "run.waiting", runId: dropped.id, step: "release", until: null },
        expect.objectContaining({ type: "run.cancelled", runId: dropped.id }),
        { type: "run.queued", runId: dropped.id, why: "retried" },
        expect.objectContaining({ type: "run.started" }),
        expect.objectContaining({ type: "run.waiting" }),
      ]);
      expect(typesOf(events).filter((type) => type === "batch.enqueued")).toHaveLength(2);
    }, 30_000);

    it("shows a run that joined a batch in that batch, too", async () => {
      await open();
      const once = { document: { id: "d", name: "joined.txt" }, input: { amount: 7 } };
      const first = await enqueue(backend, { pipeline: quick, items: [once], total: 1 });
      const second = await enqueue(backend, { pipeline: quick, items: [once], total: 1 });
      expect(second.existing).toBe(1);
      const watches = [first, second].map(({ batchId }) => collect(backend, { batchId }));
      await using _worker = await workOn(backend, [quick]);
      const [own, joined] = await Promise.all(watches);
      expect(joined).toEqual(own);
      expect(typesOf(joined ?? []).at(-1)).toBe("run.completed");
    }, 30_000);

    it("ends with its signal and with the backend, whatever it waits for", async () => {
      await open();
      const { id: runId } = await putOne(backend, quick);
      const stopped = new AbortController();
      const watch = collect(backend, { runId }, { signal: stopped.signal });
      stopped.abort();
      expect(await watch).toEqual([]);
      expect(await collect(backend, {}, { signal: AbortSignal.abort() })).toEqual([]);
      const from = { after: await backend.events.newest() };
      const waiting = [collect(backend, { runId }, { from }), collect(backend, {}, { from })];
      await backend.close();
      expect(await Promise.all(waiting)).toEqual([[], []]);
    }, 30_000);
  });
}

describe("a Redis that goes away under a watch", () => {
  it("is waited for, told of, and heard again when it is back", async ({ skip }) => {
    const redis = await startRedisServer(undefined, ["--appendonly", "yes", "--appendfsync", "always"]);
    if (redis === null) return skip();
    const backend = await openBackend({ home: "/nonexistent", redisUrl: redis.url, ephemeral: true });
    const { batchId, runs } = await enqueue(backend, { pipeline: quick, items: amounts(1, 2), total: 2 });
    const errors: unknown[] = [];
    const watch = listen(backend, { batchId }, { from: "kept", onError: (error) => void errors.push(error) });
    await watch.hears(({ event }) => event.type === "batch.enqueued");
    await cancel(backend, [{ id: String(runs[0]?.run) }]);
    await watch.hears(({ event }) => event.type === "run.cancelled");
    await redis.crash();
    await expect.poll(() => errors.length, PATIENCE).toBeGreaterThan(0);
    await redis.revive();
    await expect.poll(() => backend.runs.get("any").then(() => true), PATIENCE).toBe(true);
    const worker = await workOn(backend, [quick]);
    expect(typesOf(await watch.ended).slice(2)).toEqual([
      "run.started",
      "step.started",
      "step.completed",
      "run.completed",
    ]);
    await worker.close();
    const left = collect(backend, {}, { from: { after: null } });
    await redis.stop();
    await backend.close();
    await left;
  }, 60_000);
});

function amounts(...all: number[]) {
  return all.map((amount) => ({ document: { id: null, name: `amount-${amount}.txt` }, input: { amount } }));
}

/** A log in which nothing arrives. */
function losing(log: EventLog): EventLog {
  return {
    append: async () => {},
    read: (after, limit) => log.read(after, limit),
    newest: () => log.newest(),
    follow: (after, options) => log.follow(after, options),
  };
}

async function waitsOf(backend: Backend, runId: string): Promise<number> {
  let count = 0;
  for await (const { event } of keptEvents(backend, { runId })) if (event.type === "run.waiting") count += 1;
  return count;
}

async function lastOf<T>(values: AsyncIterable<T>): Promise<T | undefined> {
  let last: T | undefined;
  for await (const value of values) last = value;
  return last;
}
