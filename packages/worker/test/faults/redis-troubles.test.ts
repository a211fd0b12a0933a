import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect } from "vitest";
import { faultRow } from "./fault-row.ts";
import { Gateway } from "./gateway.ts";
import { Scene } from "./scene.ts";
import { onEachBackend } from "./worlds.ts";

const PATIENCE = { timeout: 20_000, interval: 20 };

onEachBackend("Redis has troubles", ["redis"], (world) => {
  let admin: Redis;
  beforeAll(() => {
    admin = new Redis(world().redis?.url ?? "");
  });
  afterAll(() => admin.disconnect());
  const limitMemory = (bytes: number) => admin.config("SET", "maxmemory", String(bytes));

  faultRow("27", async () => {
    const scene = new Scene(world());
    const worker = await scene.worker("responseRead:1:SIGSTOP", { concurrency: 1 });
    await scene.enqueueHere(scene.documents(2));
    await expect.poll(() => worker.isStopped, PATIENCE).toBe(true);
    await limitMemory(1);
    worker.send("SIGCONT");
    await worker.tells(({ code }) => code === "BACKEND_FULL");
    await expect(new Scene(world()).enqueueHere(["full.txt"])).rejects.toMatchObject({
      code: "BACKEND_FULL",
    });
    // Locks cannot be renewed either.
    await world().locksRunOut();
    await limitMemory(0);
    await scene.check();
  });

  faultRow("29", async () => {
    const scene = new Scene(world());
    const worker = await scene.worker();
    let isOver = false;
    const forgetting = (async () => {
      while (!isOver) {
        await admin.script("FLUSH");
        await sleep(5);
      }
    })();
    await scene.enqueueHere(scene.documents(8));
    await scene.check();
    isOver = true;
    await forgetting;
    const errors = worker.told.filter(({ type }) => type === "error");
    // BullMQ sends some scripts in a pipeline, and again at its next turn when they were forgotten meanwhile.
    expect(errors.filter(({ message }) => !String(message).startsWith("NOSCRIPT"))).toEqual([]);
  });
});

onEachBackend(
  "Redis is slow",
  ["redis"],
  (world) => {
    faultRow("26", async () => {
      const { redis } = world();
      if (redis === null) throw new Error("there was a redis-server a moment ago");
      await using gateway = await Gateway.to(redis);
      gateway.slow(100);
      const scene = new Scene(world());
      await scene.worker(undefined, { redisUrl: gateway.url, concurrency: 3 });
      await scene.worker(undefined, { redisUrl: gateway.url, concurrency: 3 });
      await scene.enqueueHere(scene.documents(6));
      await scene.asked(3);
      const admin = new Redis(redis.url);
      await admin.call("DEBUG", "SLEEP", "2");
      admin.disconnect();
      const runs = await scene.check();
      expect(runs.map(({ history }) => history.map(({ status }) => status))).toEqual(
        runs.map(() => ["queued", "running", "completed"]),
      );
    });
  },
  { redisArgs: ["--enable-debug-command", "local"] },
);
