import { expect } from "vitest";
import type { FaultProcess } from "./fault-process.ts";
import { faultRow } from "./fault-row.ts";
import { Scene } from "./scene.ts";
import { onEachBackend } from "./worlds.ts";

/** SIGTERM; how the process ended, and after how long. */
async function stopped(worker: FaultProcess): Promise<{ ending: unknown; ms: number }> {
  const from = performance.now();
  worker.send("SIGTERM");
  const ending = await worker.ended();
  return { ending, ms: performance.now() - from };
}

onEachBackend("a worker is asked to stop", ["redis"], (world) => {
  faultRow("14", async () => {
    const scene = new Scene(world());
    const [first = "", second = ""] = scene.documents(2);

    // The answer comes within the grace: it is waited for, and the run is finished.
    world().simulator.script("*", { kind: "slow", ms: 1_000 });
    const patient = await scene.worker();
    await scene.enqueueHere([first]);
    await scene.asked(1);
    expect((await stopped(patient)).ending).toBe(0);
    expect(patient.told.map(({ type }) => type)).toContain("run.completed");

    // It does not come: the run goes back at its step.
    world().simulator.script("*", { kind: "hang" }, { kind: "hang" });
    const hurried = await scene.worker(undefined, { graceMs: 500 });
    const batchId = await scene.enqueueHere([second]);
    await scene.asked(2);
    const { ending, ms } = await stopped(hurried);
    expect(ending).toBe(0);
    // Without its own grace it would be the default of 10 s.
    expect(ms).toBeLessThan(9_000);
    const backend = await world().open();
    for await (const run of backend.runs.list({ batchId })) {
      expect(run).toMatchObject({ status: "queued", retries: 0, requests: 1 });
      expect(run.crashes).toBeUndefined();
      const recorded = await backend.checkpoints.read(run.id);
      expect([...recorded.keys()]).toEqual(["read"]);
    }
    await backend.close();

    // A second signal does not wait for the grace.
    const stubborn = await scene.worker(undefined, { graceMs: 60_000 });
    await scene.asked(3);
    stubborn.send("SIGTERM");
    await stubborn.tells(({ type }) => type === "stopping");
    expect(await stopped(stubborn)).toMatchObject({ ending: 130 });
    await world().locksRunOut();

    await scene.worker();
    await scene.check({ extraRequests: 2 });
  });
});
