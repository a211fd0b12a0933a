import { expect } from "vitest";
import { faultRow } from "./fault-row.ts";
import { Scene } from "./scene.ts";
import type { World } from "./world.ts";
import { onEachBackend } from "./worlds.ts";

const COUNT = 3;

/** A client dies at a point, when so many of its runs were stored; gives its scene and documents. */
async function killedAt(world: World, point: string, stored: number) {
  const scene = new Scene(world);
  const documents = scene.documents(COUNT);
  const dying = world.start("enqueue", { documents, fault: `${point}:1:SIGKILL` });
  expect(await dying.ended()).toBe("SIGKILL");
  expect(await statesOf(world, documents)).toHaveLength(stored);
  return { scene, documents };
}

/** The states of all runs of some documents. */
async function statesOf(world: World, documents: readonly string[]): Promise<string[]> {
  const backend = await world.open();
  const states = [];
  for await (const { document, status } of backend.runs.list({}))
    if (documents.includes(document.name)) states.push(status);
  await backend.close();
  return states;
}

onEachBackend("a client is killed", ["redis"], (world) => {
  faultRow("11", async () => {
    const killed = await Promise.all([
      killedAt(world(), "beforeStore", 0),
      killedAt(world(), "stored", COUNT),
      killedAt(world(), "queued", COUNT),
    ]);
    // One worker takes up all that exists.
    await new Scene(world()).worker();
    const all = killed.flatMap(({ documents }) => documents);
    const states = () => statesOf(world(), all);
    await expect.poll(states, { timeout: 30_000, interval: 50 }).toEqual(Array(2 * COUNT).fill("completed"));
    for (const { scene, documents } of killed) {
      await scene.enqueueHere(documents);
      await scene.check();
      expect(await statesOf(world(), documents)).toHaveLength(COUNT);
    }
  });
});
