import { type RedisServer, startRedisServer } from "@sluice/worker/testing";
import { Redis } from "ioredis";
import { afterAll, expect } from "vitest";
import { faultRow } from "./fault-row.ts";
import { Gateway } from "./gateway.ts";
import { Scene } from "./scene.ts";
import { MARGIN_MS } from "./world.ts";
import { onEachBackend } from "./worlds.ts";

const PATIENCE = { timeout: 20_000, interval: 10 };
const LIMIT = 10;
const MINUTE_MS = 3_000;
/** Runs that are finished when the replica falls behind. */
const HEARD = 3;

const primary = await startRedisServer();
afterAll(() => primary?.stop());

/** Makes `replica` follow, and waits until it has all. */
async function follow(replica: Redis, { port }: Pick<RedisServer, "port">): Promise<void> {
  await replica.call("REPLICAOF", "127.0.0.1", String(port));
  await expect.poll(() => replica.info("replication"), PATIENCE).toContain("master_link_status:up");
}

onEachBackend(
  "a replica takes over",
  ["redis"],
  (world) => {
    faultRow("22", async () => {
      const { redis } = world();
      if (redis === null || primary === null) throw new Error("there was a redis-server a moment ago");
      const scene = new Scene(world());
      const [first, second] = [new Redis(primary.url), new Redis(redis.url)];
      await follow(second, primary);
      await using gateway = await Gateway.to(primary);
      const redisUrl = gateway.url;
      const documents = scene.documents(LIMIT);
      const client = world().start("enqueue", { documents, redisUrl });
      const { batchId } = await client.tells(({ type }) => type === "enqueued");
      scene.accept(documents, String(batchId));

      // The replica hears of the first runs, and that the next one has begun.
      const fault = `headersSent:${HEARD + 1}:SIGSTOP`;
      const worker = await scene.worker(fault, { redisUrl, concurrency: 1, syncEveryMs: 500 });
      await scene.asked(HEARD + 1);
      await first.wait(1, 10_000);
      await second.call("REPLICAOF", "127.0.0.1", "1");
      worker.send("SIGCONT");
      const completed = () => worker.told.filter(({ type }) => type === "run.completed").length;
      await expect.poll(completed, PATIENCE).toBe(LIMIT);

      await second.call("REPLICAOF", "NO", "ONE");
      // What the replica takes for being at work.
      await world().locksRunOut();
      gateway.leadTo(redis);
      first.disconnect();
      await primary.crash();
      const forgotten = documents.slice(HEARD);
      const again = () => world().arrivals(forgotten).length;
      await expect.poll(again, PATIENCE).toBe(2 * forgotten.length);
      await scene.recounted();
      await scene.check({ forgotten, extraRequests: forgotten.length });
      expect(world().arrivals(documents.slice(0, HEARD))).toHaveLength(HEARD);
      second.disconnect();
    });
  },
  {
    minute: { perMinute: LIMIT, minuteMs: MINUTE_MS },
    rules: { windowMs: MINUTE_MS + MARGIN_MS },
  },
);
