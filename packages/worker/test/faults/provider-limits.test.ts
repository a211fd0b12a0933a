import { expect } from "vitest";
import { Door } from "./door.ts";
import { FastClock } from "./fast-clock.ts";
import { faultRow } from "./fault-row.ts";
import { NOON } from "./play-faults.ts";
import { Scene } from "./scene.ts";
import { WorkerHere } from "./worker-here.ts";
import { onEachBackend } from "./worlds.ts";

/**
 * OpenRouter's free tier, twenty times faster, and so with a margin of the window that is twenty times as long: a
 * machine that holds a request up does so in its own time.
 */
const freeTier = () => ({
  clock: new FastClock(20, NOON),
  minute: { perMinute: 20, minuteMs: 60_000 },
  rules: { perMinute: 20, perDay: 1_000, reserve: 0, windowMs: 80_000, gapMs: 150 },
});

/** How old the server's count of the day is. */
const KEY_LAG_MS = 60_000;

/** What the account's own limits refused. */
const refused = (scene: Scene) => scene.arrivals.filter(({ status }) => status === 429);

onEachBackend(
  "the minute is smaller than it should be",
  ["redis"],
  (world) => {
    faultRow("43", async () => {
      const scene = new Scene(world());
      await using one = await WorkerHere.start(world(), { concurrency: 2, syncs: false });
      await using _other = await WorkerHere.start(world(), { concurrency: 2, syncs: false });
      await scene.enqueueHere(scene.documents(6));
      await scene.finish(one.backend);
      const surprised = refused(scene).length;
      expect(surprised).toBeGreaterThan(0);
      // What was under way, and nothing else.
      expect(surprised).toBeLessThanOrEqual(4);
      expect(await one.models.ledger.status()).toMatchObject({ perMinute: 3 });
      world().simulator.script("*", { kind: "model-cap-429", limit: 8 });
      await scene.enqueueHere(scene.documents(1, "capped"));
      const runs = await scene.check({ extraRequests: surprised + 1, overLimit: surprised });
      expect(runs.map(({ retries }) => retries)).toEqual(runs.map(() => 0));
    });
  },
  { ...freeTier(), minute: { perMinute: 3, minuteMs: 60_000 } },
);

onEachBackend(
  "others use the account",
  ["redis"],
  (world) => {
    faultRow("62", async () => {
      const { simulator, clock } = world();
      const scene = new Scene(world());
      await using worker = await WorkerHere.start(world(), { concurrency: 2, syncs: false });
      simulator.otherUsage(15);
      await scene.enqueueHere(scene.documents(10));
      await scene.finish(worker.backend);
      expect(refused(scene).length).toBeGreaterThan(0);
      expect(refused(scene).length).toBeLessThanOrEqual(2);
      clock.jumpTo(clock.now() + KEY_LAG_MS);
      await worker.models.syncQuota();
      expect((await worker.models.ledger.status()).usedToday).toBeGreaterThanOrEqual(simulator.usedToday());
      await scene.check({ extraRequests: 2 });
    });

    faultRow("44", async () => {
      const { simulator, clock } = world();
      const scene = new Scene(world());
      const midnight = NOON + 12 * 60 * 60_000;
      await using one = await WorkerHere.start(world(), { concurrency: 2, syncs: false });
      await using other = await WorkerHere.start(world(), { concurrency: 2, syncs: false });
      // Others have used nearly all of the day, in minutes that are over.
      clock.jumpTo(midnight - 600_000);
      simulator.otherUsage(1_000 - simulator.usedToday() - 3);
      clock.jumpTo(midnight - 90_000);
      await scene.enqueueHere(scene.documents(9));
      await scene.check({ extraRequests: 4 });
      expect(scene.arrivals.filter(({ status, at }) => status === 200 && at < midnight)).toHaveLength(3);
      expect(refused(scene).length).toBeLessThanOrEqual(4);
      const later = scene.arrivals.filter(({ at }) => at >= midnight);
      expect(later).toHaveLength(6);
      expect(Math.min(...later.map(({ at }) => at))).toBeGreaterThanOrEqual(midnight + 2_000);
      const parked = [one, other].flatMap(({ told }) => told.filter(({ type }) => type === "run.parked"));
      expect(new Set(parked.map((told) => told["why"]))).toEqual(new Set(["day"]));
      expect(new Set(parked.map((told) => told["until"])).size).toBe(parked.length);
    });
  },
  { ...freeTier(), simulator: { limits: { perMinute: 20, perDay: 1_000 }, keyLagMs: KEY_LAG_MS } },
);

onEachBackend(
  "the server tells nonsense of the account",
  ["redis"],
  (world) => {
    faultRow("61", async () => {
      const { settings } = world();
      const scene = new Scene(world());
      await using door = await Door.to(settings.simulator);
      const tell = (used: number) => {
        const body = JSON.stringify({ data: { free_model_daily_requests: { used, limit: 1_000 } } });
        door.answer("/key", { status: 200, body });
      };
      const worker = await WorkerHere.start(world(), { baseUrl: door.url });
      const { ledger } = worker.models;
      const sync = () => worker.models.syncQuota().catch((error: unknown) => error);
      await scene.enqueueHere(scene.documents(4, "first"));
      await scene.finish(worker.backend);
      // Less than we know of: what was sent in the last minutes comes on top.
      tell(0);
      await sync();
      expect((await ledger.status()).usedToday).toBe(4);
      for (const body of ["", "<html>", "{}", '{"data": {"free_model_daily_requests": {"used": "many"}}}']) {
        door.answer("/key", { status: body === "" ? 500 : 200, body });
        expect(await sync()).toMatchObject({ code: "SERVER_UNREACHABLE" });
        expect((await ledger.status()).usedToday).toBe(4);
      }
      // More than there is: whoever starts now takes nothing until the server tells better.
      tell(1_000);
      await sync();
      await worker.kill();
      await using later = await WorkerHere.start(world(), { baseUrl: door.url, syncs: false });
      await scene.enqueueHere(scene.documents(2, "later"));
      expect(later.worker.closed).toMatchObject({ why: "day" });
      door.answer("/key", undefined);
      await later.models.syncQuota();
      await scene.check();
    });
  },
  freeTier(),
);
