import { freePort } from "@sluice/worker/testing";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect } from "vitest";
import { faultRow } from "./fault-row.ts";
import { Gateway } from "./gateway.ts";
import { Scene } from "./scene.ts";
import { World } from "./world.ts";
import { onEachBackend } from "./worlds.ts";

const PATIENCE = { timeout: 20_000, interval: 20 };
const SCHEMA_KEY = "{sluice}:schema";

/** A worker that does not start: what it says at its end. */
async function refusal(world: World, redisUrl = world.settings.redisUrl): Promise<string> {
  const worker = world.start("work", { redisUrl });
  expect(await worker.ended()).toBe(1);
  expect(worker.told.map(({ type }) => type)).not.toContain("ready");
  return worker.printed;
}

/** Runs are worked off on a cluster; one node has all its slots. */
async function onCluster(): Promise<void> {
  const clusterPort = String(await freePort());
  const own = ["--cluster-enabled", "yes", "--cluster-port", clusterPort];
  const redisArgs = [...own, "--cluster-announce-ip", "127.0.0.1"];
  const cluster = await World.open({ backend: "redis", redisArgs });
  if (cluster === null) throw new Error("there was a redis-server a moment ago");
  await using _cluster = cluster;
  const node = new Redis(cluster.redis?.url ?? "");
  await node.call("CLUSTER", "ADDSLOTSRANGE", 0, 16_383);
  await expect.poll(() => node.call("CLUSTER", "INFO"), PATIENCE).toContain("cluster_state:ok");
  node.disconnect();
  const scene = new Scene(cluster);
  await scene.enqueueHere(scene.documents(3));
  await scene.worker();
  await scene.check();
}

onEachBackend("Redis is not as it should be", ["redis"], (world) => {
  let admin: Redis;
  beforeAll(() => {
    admin = new Redis(world().redis?.url ?? "");
  });
  afterAll(() => admin.disconnect());

  faultRow("28", async () => {
    const scene = new Scene(world());
    await scene.enqueueHere(scene.documents(1));
    await admin.config("SET", "maxmemory-policy", "allkeys-lru");
    expect(await refusal(world())).toContain("config set maxmemory-policy noeviction");
    await admin.config("SET", "maxmemory-policy", "noeviction");
    await scene.worker();
    await scene.check();
  });

  faultRow("30", async () => {
    const { redis } = world();
    if (redis === null) throw new Error("there was a redis-server a moment ago");
    await using gateway = await Gateway.to(redis);
    gateway.tell("redis_version:6.0.16\r\nmaxmemory_policy:noeviction");
    expect(await refusal(world(), gateway.url)).toContain("Use Redis 6.2 or newer, or Valkey");

    gateway.tell("redis_version:7.4.0\r\ndragonfly_version:df-v1.27.1\r\nmaxmemory_policy:noeviction");
    const warned = world().start("work", { redisUrl: gateway.url });
    const isWarning = (message: unknown) =>
      String(message).includes("Dragonfly, with which Sluice was never tested");
    await warned.tells(({ type, message }) => type === "notice" && isWarning(message));
    await warned.kill();

    const scene = new Scene(world());
    await admin.call("ACL", "SETUSER", "silent", "on", "nopass", "~*", "&*", "+@all", "-info");
    await scene.enqueueHere(scene.documents(3));
    const worker = await scene.worker(undefined, {
      redisUrl: redis.url.replace("redis://", "redis://silent:any@"),
    });
    await scene.check();
    expect(worker.told.filter(({ type }) => type === "error")).toEqual([]);
    await onCluster();
  });

  faultRow("31", async () => {
    const scene = new Scene(world());
    const worker = await scene.worker("responseRead:1:SIGSTOP", { concurrency: 1 });
    await scene.enqueueHere(scene.documents(3));
    await expect.poll(() => worker.isStopped, PATIENCE).toBe(true);
    await admin.set(SCHEMA_KEY, "2");
    worker.send("SIGCONT");
    await worker.tells(({ type, code }) => type === "halted" && code === "BACKEND_NEWER");
    expect(worker.told.map(({ type }) => type)).not.toContain("run.completed");
    expect(await refusal(world())).toContain("was written by a newer Sluice");
    expect(scene.requests).toBe(1);

    // What the newer one would find.
    await admin.set(SCHEMA_KEY, "1");
    await scene.worker();
    await scene.check();
  });
});
