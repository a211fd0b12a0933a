import { expect } from "vitest";
import type { FaultProcess } from "./fault-process.ts";
import { faultRow } from "./fault-row.ts";
import { Scene } from "./scene.ts";
import type { World } from "./world.ts";
import { onEachBackend } from "./worlds.ts";

/** So many workers take one run up, one after the other, and each dies when it has recorded one step of it. */
async function killedOften(world: World, deaths: number): Promise<void> {
  const scene = new Scene(world, "chapters");
  await scene.enqueueHere(scene.documents(1));
  /** How it ended; then its run is free for the next one. */
  const deathOf = async (worker: FaultProcess) => {
    const ending = await worker.ended(120_000);
    await world.locksRunOut();
    return ending;
  };
  const dying: Promise<unknown>[] = [];
  for (let death = 0; death < deaths; death++) {
    const worker = await scene.worker("checkpointed:1:SIGKILL");
    dying.push(deathOf(worker));
    // The next one is loaded while this one waits for the run, or has died of it already.
    await worker.tells(({ type }) => type === "ready").catch(() => worker.ended());
  }
  expect(new Set(await Promise.all(dying))).toEqual(new Set(["SIGKILL"]));
  await scene.worker();
  const [run] = await scene.check();
  const taken = run?.history.filter(({ status }) => status === "running") ?? [];
  expect(taken.length).toBeGreaterThan(deaths);
}

/** All workers die in the middle of some runs; later another one begins. */
async function allKilled(world: World): Promise<void> {
  const scene = new Scene(world);
  const documents = scene.documents(8);
  await scene.enqueueHere(documents);
  const dying = [0, 1].map(() => scene.worker("responseRead:1:SIGKILL", { concurrency: 1 }));
  await Promise.all(dying.map(async (worker) => (await worker).ended()));
  await world.locksRunOut();
  const before = scene.arrivals.map(({ document }) => document);
  await scene.worker(undefined, { concurrency: 1 });
  await scene.check({ extraRequests: 2 });
  const after = scene.arrivals.map(({ document }) => document).slice(before.length);
  const untouched = documents.filter((name) => !before.includes(name));
  expect(after.filter((name) => untouched.includes(name))).toEqual(untouched);
}

onEachBackend("workers die again and again", ["redis"], (world) => {
  faultRow("9", () => killedOften(world(), 10), 240_000);
  faultRow("10", () => allKilled(world()), 120_000);
});

onEachBackend("workers die again and again", ["embedded"], (world) => {
  // More than a queue without a count of its own would allow; each death costs seconds here.
  faultRow("9", () => killedOften(world(), 3), 120_000);
  faultRow("10", () => allKilled(world()), 120_000);
});
