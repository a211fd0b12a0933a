import { createLedger, definePipeline, llm, MemoryCell, openRouter, type RunEvent } from "@sluice/core";
import { ManualClock } from "@sluice/core/testing";
import { startSimulator } from "@sluice/simulator";
import { createRegistry, enqueue, openBackend, startWorker } from "@sluice/worker";
import { startRedisServer } from "@sluice/worker/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { Asker } from "./asker.ts";

/** Every test has a Redis of its own: an account lives there. */
async function withRedis(body: (redisUrl: string) => Promise<void>): Promise<void> {
  const redis = await startRedisServer();
  if (redis === null) throw new Error("redis-server has vanished");
  try {
    await body(redis.url);
  } finally {
    await redis.stop();
  }
}

/** The queue goes by real time: what is parked until a day that has passed comes back at once. */
const FAR_NOON = Date.UTC(2036, 10, 22, 12);
const FAR_MIDNIGHT = Date.UTC(2036, 10, 23);

const probe = await startRedisServer();
await probe?.stop();

describe.skipIf(probe === null)("acceptance: one account in many processes", () => {
  it(
    "1: eight processes with a hundred questions each meet no refusal of the minute",
    () =>
      withRedis(async (redisUrl) => {
        const [perMinute, minuteMs] = [80, 800];
        const limits = { perMinute, perDay: 1_000_000 };
        await using warmUp = await startSimulator();
        await using simulator = await startSimulator({ limits, minuteMs, windowKind: "sliding" });
        const settings = {
          redisUrl,
          simulator: simulator.url,
          warmUp: warmUp.url,
          rules: { ...limits, windowMs: minuteMs + 200, gapMs: 5 },
          questions: 100,
          callers: 1,
        };
        const askers = Array.from({ length: 8 }, () => new Asker(settings));
        try {
          await Promise.all(askers.map((asker) => asker.says("ready")));
          for (const asker of askers) asker.start();
          await Promise.all(askers.map((asker) => asker.ended()));
        } finally {
          await Promise.all(askers.map((asker) => asker.kill()));
        }
        expect(askers.map(({ outcomes }) => outcomes)).toEqual(Array(8).fill({ answered: 100 }));
        const requests = simulator.journal.filter(({ path }) => path.endsWith("/chat/completions"));
        expect(requests.filter(({ status }) => status !== 200)).toEqual([]);
        expect(requests).toHaveLength(800);
      }),
    60_000,
  );

  it(
    "2: of sixty runs on a day of fifty requests, the rest is deferred to the next UTC day",
    () =>
      withRedis(async (redisUrl) => {
        const clock = new ManualClock(FAR_NOON);
        const limits = { perMinute: 1_000, perDay: 50 };
        await using simulator = await startSimulator({ limits, clock: () => clock.now() });
        const backend = await openBackend({ home: "", redisUrl });
        const models = openRouter({
          apiKey: "test",
          baseUrl: simulator.url,
          cell: () => new MemoryCell(clock),
          rules: { perMinute: 1_000, gapMs: 0 },
          clock,
        });
        const pipeline = definePipeline({
          name: "jobs",
          version: 1,
          input: z.object({ text: z.string() }),
        }).step(
          "ask",
          llm({
            output: z.object({ summary: z.string() }),
            prompt: (view: { input: { text: string } }) => `<document>\n${view.input.text}\n</document>`,
            cache: false,
          }),
        );
        const items = Array.from({ length: 60 }, (_, index) => ({
          document: { id: null, name: `${index}.txt` },
          input: { text: `Document number ${index}.` },
        }));
        await enqueue(backend, { pipeline, items, total: items.length });
        const events: RunEvent[] = [];
        const worker = await startWorker({
          backend,
          registry: createRegistry([pipeline]),
          models,
          clock,
          onEvent: (event) => void events.push(event),
        });
        const parked = () => events.flatMap((event) => (event.type === "run.parked" ? [event.until] : []));
        const completed = () => events.filter(({ type }) => type === "run.completed");
        await expect.poll(() => completed().length + parked().length, { timeout: 20_000 }).toBe(60);
        await worker.close();
        await backend.close();
        const requests = simulator.journal.filter(({ path }) => path.endsWith("/chat/completions"));
        // One of the fifty is kept for people.
        expect(requests).toHaveLength(49);
        expect(completed()).toHaveLength(49);
        const midnight = FAR_MIDNIGHT;
        expect(parked().every((until) => until >= midnight && until < midnight + 120_000)).toBe(true);
        expect(new Set(parked()).size).toBe(11);
      }),
    60_000,
  );

  it(
    "3: a process killed between its permit and its request loses that permit and nothing else",
    () =>
      withRedis(async (redisUrl) => {
        const limits = { perMinute: 20, perDay: 5 };
        const rules = { ...limits, gapMs: 10 };
        await using simulator = await startSimulator({ limits });
        const settings = { redisUrl, simulator: simulator.url, rules, questions: 6, callers: 1 };
        await using killed = new Asker({ ...settings, hangs: true });
        await killed.says("ready");
        killed.start();
        await killed.says("holds a permit");
        await killed.kill();
        await using other = new Asker(settings);
        await other.says("ready");
        other.start();
        await other.ended();
        expect(other.outcomes).toEqual({ answered: 4, "refused QUOTA_CLOSED": 2 });
        expect(simulator.usedToday()).toBe(4);
        const backend = await openBackend({ home: "", redisUrl });
        const ledger = createLedger({ cell: backend.cell("ledger"), rules });
        expect(await ledger.status()).toMatchObject({ usedToday: 5, waiting: 0 });
        await backend.close();
      }),
    60_000,
  );
});
