import { expect } from "vitest";
import { faultRow } from "./fault-row.ts";
import { Scene } from "./scene.ts";
import type { World } from "./world.ts";
import { onEachBackend, wideMargin } from "./worlds.ts";

/** Permits that were given and not used so far. */
async function unsent(world: World): Promise<number> {
  const backend = await world.open();
  const { ledgerUsed, serverUsed } = await world.counts(backend);
  await backend.close();
  return ledgerUsed - serverUsed;
}

onEachBackend(
  "a process is held up",
  ["redis"],
  (world) => {
    faultRow("12", async () => {
      const scene = new Scene(world());
      const quick = await scene.worker();
      quick.send("SIGSTOP");
      await scene.enqueueHere(scene.documents(1));
      const slow = await scene.worker("responseRead:1:stall=7000");
      await scene.asked(1);
      quick.send("SIGCONT");
      await quick.tells(({ type }) => type === "run.completed");
      await slow.tells(({ code }) => code === "RUN_LOST");
      await scene.check({ extraRequests: 1 });
      expect(slow.told.filter(({ type }) => type === "run.completed")).toEqual([]);
    });

    faultRow("13", async () => {
      const scene = new Scene(world());
      const before = await unsent(world());
      const awake = await scene.worker();
      awake.send("SIGSTOP");
      // With the permit of the sleeping one the first minute has room for nine more, the second one for ten.
      await scene.enqueueHere(scene.documents(19));
      const sleeping = await scene.worker("beforeSend:1:SIGSTOP", { concurrency: 1 });
      await sleeping.tells(({ type, step }) => type === "step.started" && step === "summarise");
      awake.send("SIGCONT");
      await scene.asked(19);
      sleeping.send("SIGCONT");
      await sleeping.tells(({ code }) => code === "RUN_LOST");
      await scene.check();
      expect(await unsent(world())).toBe(before);
    });
  },
  // Shorter than the hold-ups, and longer than what a busy machine does to those that are well.
  { ...wideMargin, lock: { durationMs: 2_000, stalledMs: 300 } },
);
