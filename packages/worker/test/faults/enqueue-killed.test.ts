import { expect } from "vitest";
import { faultRow } from "./fault-row.ts";
import { Scene } from "./scene.ts";
import type { World } from "./world.ts";
import { onEachBackend } from "./worlds.ts";

const COUNT = 3;

/** A client dies at a point; the runs that exist are worked off, and its documents enqueued once more. */
async function killedAt(world: World, point: string, stored: number): Promise<void> {
  const scene = new Scene(world);
  const documents = scene.documents(COUNT);
  const dying = world.start("enqueue", { documents, fault: `${point}:1:SIGKILL` });
  expect(await dying.ended()).toBe("SIGKILL");

  const worker = await scene.worker();
  const backend = await world.open();
  const found = async () => {
    const runs = [];
    for await (const run of backend.runs.list({})) if (documents.includes(run.document.name)) runs.push(run);
    return runs;
  };
  expect(await found()).toHaveLength(stored);
  const unfinished = async () => (await found()).filter(({ status }) => status !== "completed").length;
  await expect.poll(unfinished, { timeout: 30_000, interval: 20 }).toBe(0);

  await scene.enqueueHere(documents);
  await scene.check();
  expect(await found()).toHaveLength(COUNT);
  await backend.close();
  await worker.kill();
}

onEachBackend("a client is killed", ["redis"], (world) => {
  faultRow("11", async () => {
    await killedAt(world(), "beforeStore", 0);
    await killedAt(world(), "stored", COUNT);
    await killedAt(world(), "queued", COUNT);
  });
});
