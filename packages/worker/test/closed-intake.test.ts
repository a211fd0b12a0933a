import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { code, createLedger, definePipeline, type Ledger, openRouter, type StateCell } from "@sluice/core";
import { ManualClock } from "@sluice/core/testing";
import { type Backend, createRegistry, enqueue, openBackend, startWorker } from "@sluice/worker";
import { startRedisServer } from "@sluice/worker/testing";
import { Redis } from "ioredis";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";

const RUNS = 2_000;
const input = z.object({ number: z.number() });
const redis = await startRedisServer();
afterAll(() => redis?.stop());

/** A pipeline whose one step takes a permit, as a question to a model would. */
const asking = (ledger: Ledger) =>
  definePipeline({ name: "asking", version: 1, input }).step(
    "ask",
    code({
      output: z.boolean(),
      run: async () => {
        await ledger.acquire({ maxWaitMs: 60_000 });
        return true;
      },
    }),
  );

const put = (backend: Backend, pipeline: ReturnType<typeof asking>, total: number) =>
  enqueue(backend, {
    pipeline,
    total,
    items: Array.from({ length: total }, (_, number) => ({
      document: { id: null, name: `${number}.txt` },
      input: { number },
    })),
  });

const start = (backend: Backend, ledger: Ledger, pipeline: ReturnType<typeof asking>) =>
  startWorker({
    backend,
    ledger,
    registry: createRegistry([pipeline]),
    models: openRouter({ apiKey: "nobody", baseUrl: "http://127.0.0.1:9" }),
  });

/** Commands that the server has carried out, without those that ask for this count. */
async function commandsOf(admin: Redis): Promise<number> {
  const stats = await admin.info("commandstats");
  const calls = [...stats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)];
  return calls.reduce((sum, [, name, count]) => (name === "info" ? sum : sum + Number(count)), 0);
}

/** The same cell, with the clock of a store that goes ahead of this machine's. */
const ahead = (cell: StateCell, skewMs: () => number): StateCell => ({
  read: async () => {
    const { text, now } = await cell.read();
    return { text, now: now + skewMs() };
  },
  swap: (expected, next) => cell.swap(expected, next),
});

const spendDay = async (ledger: Ledger) => {
  await ledger.sync({ used: 50, limit: 50 });
};

describe.skipIf(redis === null)("a worker of an account whose day is spent", () => {
  it("leaves 2,000 runs in the queue and Redis in peace, and goes on by itself after midnight", async () => {
    const home = await mkdtemp(join(tmpdir(), "sluice-closed-"));
    await using backend = disposable(await openBackend({ home, redisUrl: redis?.url }));
    const dayMs = 40_000;
    const rules = { perDay: 50, reserve: 0, perMinute: 10_000, gapMs: 0, dayMs, guardMs: 500 };
    const cell = backend.cell("closed-intake");
    let skewMs = 0;
    const ledger = createLedger({ cell: ahead(cell, () => skewMs), rules });
    const pipeline = asking(ledger);
    const { batchId } = await put(backend, pipeline, RUNS);
    // A day of 40 s, with its midnight in about 11 s.
    const { now: startedAt } = await cell.read();
    skewMs = Math.ceil(startedAt / dayMs) * dayMs - 11_000 - startedAt;
    await spendDay(ledger);
    await using worker = await start(backend, ledger, pipeline);
    expect(worker.closed).toMatchObject({ why: "day" });
    const { dayEndsAt, now } = await ledger.status();
    const openAt = Date.now() + (dayEndsAt - now);

    const admin = new Redis(redis?.url ?? "");
    // It has looked for runs that are not in the queue.
    let seen = Number.NaN;
    const sinceLast = async () => {
      const before = seen;
      seen = await commandsOf(admin);
      return Math.abs(seen - before);
    };
    await expect.poll(sinceLast, { timeout: 3_000, interval: 300 }).toBeLessThanOrEqual(1);
    const quietFrom = Date.now();
    const before = await commandsOf(admin);
    await expect.poll(() => Date.now(), { timeout: 9_000, interval: 50 }).toBeGreaterThan(quietFrom + 5_000);
    const perSecond = ((await commandsOf(admin)) - before) / ((Date.now() - quietFrom) / 1_000);
    admin.disconnect();
    expect(perSecond).toBeLessThan(0.5);
    expect(await backend.runs.countByStatus(batchId)).toMatchObject({ queued: RUNS, parked: 0 });

    const finished = async () => (await backend.runs.countByStatus(batchId)).completed;
    await expect.poll(finished, { timeout: 20_000, interval: 20 }).toBeGreaterThan(0);
    expect(Date.now() - openAt).toBeLessThan(5_000);
    await expect.poll(finished, { timeout: 20_000, interval: 50 }).toBe(50);
    await expect.poll(() => worker.closed).not.toBeNull();
    const counts = () => backend.runs.countByStatus(batchId);
    await expect.poll(counts, { timeout: 20_000 }).toMatchObject({ running: 0, completed: 50 });
    const { queued, parked } = await counts();
    expect(queued + parked).toBe(RUNS - 50);
    // Those that were at work in the moment in which the day was spent again.
    expect(parked).toBeLessThanOrEqual(16);
    await rm(home, { recursive: true });
  }, 90_000);
});

describe("an account that opens before its time", () => {
  it("is noticed by the look once a minute, and a halt ends the worker without taking a run", async () => {
    const home = await mkdtemp(join(tmpdir(), "sluice-closed-"));
    // Apart from the runs of the other test, which it would take.
    const redisUrl = redis ? `${redis.url}/1` : undefined;
    await using backend = disposable(await openBackend({ home, redisUrl }));
    const clock = new ManualClock(Date.UTC(2026, 10, 22, 12));
    const ledger = createLedger({ clock, rules: { reserve: 0, gapMs: 0 } });
    await spendDay(ledger);
    const pipeline = asking(ledger);
    const { batchId } = await put(backend, pipeline, 3);
    const counts = () => backend.runs.countByStatus(batchId);

    let looks = 0;
    const watched = {
      status: async () => {
        if (++looks === 4) await ledger.sync({ used: 50, limit: 1_000 });
        return ledger.status();
      },
    };
    {
      const models = openRouter({ apiKey: "nobody", baseUrl: "http://127.0.0.1:9" });
      await using _worker = await startWorker({
        backend,
        ledger: watched,
        registry: createRegistry([pipeline]),
        models,
        clock,
      });
      await expect.poll(counts, { timeout: 10_000 }).toMatchObject({ completed: 3 });
    }
    expect(looks).toBe(4);
    expect(clock.now()).toBe(Date.UTC(2026, 10, 22, 12, 3));

    await ledger.halt("a reply reported a cost");
    const next = await put(backend, asking(ledger), 4);
    await using halted = await start(backend, ledger, pipeline);
    expect(await halted.halted).toMatchObject({ code: "ACCOUNT_HALTED" });
    await halted.close();
    expect((await backend.runs.countByStatus(next.batchId)).queued).toBeGreaterThan(0);
    await rm(home, { recursive: true });
  }, 60_000);
});

function disposable(backend: Backend): Backend & AsyncDisposable {
  return Object.assign(backend, { [Symbol.asyncDispose]: () => backend.close() });
}
