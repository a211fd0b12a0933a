import { expect } from "vitest";
import { faultRow } from "./fault-row.ts";
import { Scene } from "./scene.ts";
import type { World } from "./world.ts";
import { onEachBackend } from "./worlds.ts";

/** A worker dies at a point; another one does the rest. Embedded, the dying one hosts the store. */
async function killedAt(world: World, fault: string, extraRequests: number): Promise<void> {
  const scene = new Scene(world);
  const dying = await scene.worker(`${fault}:SIGKILL`, { concurrency: 1 });
  await dying.tells(({ type }) => type === "ready");
  await scene.enqueueHere(scene.documents(3));
  expect(await dying.ended()).toBe("SIGKILL");
  await world.locksRunOut();
  const healthy = await scene.worker();
  await scene.check({ extraRequests });
  await healthy.kill();
}

onEachBackend("a worker is killed around its request", ["redis"], (world) => {
  faultRow("1", () => killedAt(world(), "permit:2", 0));
  faultRow("2", () => killedAt(world(), "headersSent:2", 1));
  faultRow("3", () => killedAt(world(), "firstByte:2", 1));
  faultRow("4", () => killedAt(world(), "responseRead:2", 1));
});

onEachBackend("a worker is killed around its records", ["redis", "embedded"], (world) => {
  faultRow("5", () => killedAt(world(), "checkpointed:5", 0));
  faultRow("6", () => killedAt(world(), "afterComplete:2", 0));
});
