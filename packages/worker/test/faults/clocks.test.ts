import { expect } from "vitest";
import { FastClock } from "./fast-clock.ts";
import { faultRow } from "./fault-row.ts";
import { Scene } from "./scene.ts";
import { WorkerHere } from "./worker-here.ts";
import { World, type WorldOptions } from "./world.ts";
import { onEachBackend } from "./worlds.ts";

const MINUTES_10 = 10 * 60_000;
const HOUR = 60 * 60_000;

const LIMIT = 10;

const NOON = Date.UTC(2026, 10, 22, 12);
const PER_DAY = 4;
const MIDNIGHT = Date.UTC(2026, 10, 23);

/** As on OpenRouter, ten times faster, before midnight; the server's clock is late. */
function beforeMidnight(): Omit<WorldOptions, "backend"> {
  return {
    clock: new FastClock(10, MIDNIGHT - HOUR),
    minute: { perMinute: 1_000, minuteMs: 60_000 },
    rules: { perMinute: 1_000, windowMs: 62_000, gapMs: 0, perDay: PER_DAY, reserve: 0 },
    simulator: { limits: { perMinute: 1_000, perDay: PER_DAY }, clockOffsetMs: -2_000 },
  };
}

onEachBackend("workers whose clocks are wrong", ["redis"], (world) => {
  faultRow("32", async () => {
    const scene = new Scene(world());
    const offsets = [-MINUTES_10, 0, MINUTES_10];
    await Promise.all(offsets.map((clockOffsetMs) => scene.worker(undefined, { clockOffsetMs })));
    await scene.enqueueHere(scene.documents(2 * LIMIT));
    const runs = await scene.check();
    expect(runs.map(({ retries }) => retries)).toEqual(runs.map(() => 0));
  });

  faultRow("34", async () => {
    const late = await World.open({ ...beforeMidnight(), backend: "redis" });
    if (late === null) throw new Error("there was a redis-server a moment ago");
    await using _late = late;
    const scene = new Scene(late);
    await using _worker = await WorkerHere.start(late, { keepsToLedger: false });
    late.clock.jumpTo(MIDNIGHT - 30_000);
    await scene.enqueueHere(scene.documents(2 * PER_DAY));
    await scene.check();
    const { arrivals } = scene;
    expect(arrivals.map(({ status }) => status)).toEqual(arrivals.map(() => 200));
    const [before, after] = [arrivals.slice(0, PER_DAY), arrivals.slice(PER_DAY)];
    expect(Math.max(...before.map(({ at }) => at))).toBeLessThan(MIDNIGHT);
    expect(Math.min(...after.map(({ at }) => at))).toBeGreaterThanOrEqual(MIDNIGHT);
  });
});

/** The store's clock, which can be put forward and back at noon; everybody else's is right. */
class StoreClock extends FastClock {
  #stepMs = 0;

  constructor() {
    super(1, NOON);
  }

  step(ms: number): void {
    this.#stepMs += ms;
  }

  override now(): number {
    return super.at(Date.now());
  }

  override at(machineTime: number): number {
    return super.at(machineTime) + this.#stepMs;
  }
}

const stepped = new StoreClock();

onEachBackend(
  "a store whose clock is put",
  ["redis"],
  (world) => {
    /** Two workers have sent all that a minute allows, and more runs wait, when the store's clock is put. */
    async function put(
      ms: number,
      documents: number,
      allowed: { overLimit?: number; extraRequests?: number } = {},
    ): Promise<void> {
      const scene = new Scene(world());
      await using _one = await WorkerHere.start(world());
      await using _other = await WorkerHere.start(world());
      await scene.enqueueHere(scene.documents(documents));
      await scene.asked(LIMIT);
      stepped.step(ms);
      await scene.check(allowed);
    }

    faultRow("33", async () => {
      await put(-HOUR, LIMIT + 2);
      // One more than two minutes may have.
      await put(HOUR, 2 * LIMIT + 1, { overLimit: LIMIT, extraRequests: LIMIT });
    });
  },
  { clock: stepped },
);
