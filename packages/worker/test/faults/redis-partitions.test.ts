import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { faultRow } from "./fault-row.ts";
import { Gateway } from "./gateway.ts";
import { mortalLock } from "./locks.ts";
import { Scene } from "./scene.ts";
import type { World } from "./world.ts";
import { onEachBackend } from "./worlds.ts";

/** A way of its own to the world's Redis. */
async function gatewayTo({ redis }: World): Promise<Gateway> {
  if (redis === null) throw new Error("there was a redis-server a moment ago");
  return Gateway.to(redis);
}

const SHORT_MS = 1_000;

onEachBackend("a worker is cut off for less than its lock lasts", ["redis"], (world) => {
  faultRow("23", async () => {
    await using gateway = await gatewayTo(world());
    const scene = new Scene(world());
    const other = await scene.worker();
    other.send("SIGSTOP");
    const worker = await scene.worker(undefined, { redisUrl: gateway.url });
    world().simulator.script("*", { kind: "slow", ms: 500 });
    await scene.enqueueHere(scene.documents(1));
    await scene.asked(1);
    gateway.partition();
    other.send("SIGCONT");
    await sleep(SHORT_MS);
    gateway.heal();
    const runs = await scene.check();
    expect(runs.map(({ history }) => history.map(({ status }) => status))).toEqual([
      ["queued", "running", "completed"],
    ]);
    expect(worker.told.filter(({ type }) => type === "error")).toEqual([]);
  });
});

onEachBackend(
  "connections of a worker die",
  ["redis"],
  (world) => {
    faultRow("25", async () => {
      await using gateway = await gatewayTo(world());
      const scene = new Scene(world());
      await scene.worker(undefined, { redisUrl: gateway.url });
      const [first = "", second = ""] = scene.documents(2);
      world().simulator.script("*", { kind: "slow", ms: 500 });
      await scene.enqueueHere([first]);
      await scene.asked(1);
      gateway.silence();
      await scene.enqueueHere([second]);
      await scene.check();
    });
  },
  // As by default.
  { lock: { durationMs: 6_000, stalledMs: 1_500 } },
);

onEachBackend("a worker is cut off for longer than its lock lasts", ["redis"], (world) => {
  faultRow("24", async () => {
    await using gateway = await gatewayTo(world());
    const scene = new Scene(world());
    const cutOff = await scene.worker(undefined, { redisUrl: gateway.url, lock: mortalLock });
    world().simulator.script("*", { kind: "slow", ms: 1_000 });
    await scene.enqueueHere(scene.documents(1));
    await scene.asked(1);
    gateway.partition();
    const other = await scene.worker();
    await other.tells(({ type }) => type === "run.completed");
    gateway.heal();
    await cutOff.tells(({ code }) => code === "RUN_LOST");
    const [run] = await scene.check({ extraRequests: 1 });
    expect(run?.history.map(({ status }) => status)).toEqual(["queued", "running", "running", "completed"]);
    expect(cutOff.told.filter(({ type }) => type === "run.completed")).toEqual([]);
  });
});
