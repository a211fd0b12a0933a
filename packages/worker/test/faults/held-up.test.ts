import { expect } from "vitest";
import { faultRow } from "./fault-row.ts";
import { mortalLock } from "./locks.ts";
import { Scene } from "./scene.ts";
import type { World } from "./world.ts";
import { onEachBackend } from "./worlds.ts";

/** Permits that were given and not used so far. */
async function unsent(world: World): Promise<number> {
  const backend = await world.open();
  const { ledgerUsed, serverUsed } = await world.counts(backend);
  await backend.close();
  return ledgerUsed - serverUsed;
}

onEachBackend("a process is held up", ["redis"], (world) => {
  faultRow("12", async () => {
    const scene = new Scene(world());
    const slow = await scene.worker("responseRead:1:stall=3000", { lock: mortalLock });
    await scene.enqueueHere(scene.documents(1));
    await scene.asked(1);
    // It stands still for as long as the other one needs, on a busy machine too.
    slow.send("SIGSTOP");
    const quick = await scene.worker();
    await quick.tells(({ type }) => type === "run.completed");
    slow.send("SIGCONT");
    await slow.tells(({ code }) => code === "RUN_LOST");
    await scene.check({ extraRequests: 1 });
    expect(slow.told.filter(({ type }) => type === "run.completed")).toEqual([]);
  });

  faultRow("13", async () => {
    const scene = new Scene(world());
    const before = await unsent(world());
    // With the permit of the sleeping one the first minute has room for nine more, the second one for ten.
    await scene.enqueueHere(scene.documents(19));
    const sleeping = await scene.worker("beforeSend:1:SIGSTOP", { concurrency: 1, lock: mortalLock });
    await expect.poll(() => sleeping.isStopped, { timeout: 20_000, interval: 20 }).toBe(true);
    await scene.worker();
    await scene.asked(19);
    sleeping.send("SIGCONT");
    await sleeping.tells(({ code }) => code === "RUN_LOST");
    await scene.check();
    expect(await unsent(world())).toBe(before);
  });
});
