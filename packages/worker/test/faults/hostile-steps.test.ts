import { expect } from "vitest";
import { faultRow } from "./fault-row.ts";
import { Scene } from "./scene.ts";
import type { World } from "./world.ts";
import { onEachBackend } from "./worlds.ts";

/** As three crashes in the same step come to. */
const DEATHS = 3;

async function outOfMemory(world: World): Promise<void> {
  const scene = new Scene(world, "hostile");
  const swelling = scene.documents(1, "swells");
  await scene.enqueueHere([...swelling, ...scene.documents(3)]);
  const small = { nodeArgs: ["--max-old-space-size=128"], concurrency: 2 };
  for (let death = 0; death < DEATHS; death++) {
    const worker = await scene.worker(undefined, small);
    expect(await worker.ended(60_000)).toBe("SIGABRT");
    await world.locksRunOut();
  }
  await scene.worker(undefined, small);
  const runs = await scene.check({ unfinished: swelling, extraRequests: DEATHS });
  const poison = runs.find(({ document }) => swelling.includes(document.name));
  expect(poison).toMatchObject({ status: "failed", error: { code: "POISON" } });
  expect(poison?.crashes?.map(({ step }) => step)).toEqual(["work", "work", "work"]);
}

onEachBackend("a step kills its process", ["redis"], (world) => {
  faultRow("15", () => outOfMemory(world()), 120_000);
});

onEachBackend("steps do their worst", ["redis"], (world) => {
  faultRow("16", async () => {
    const scene = new Scene(world(), "hostile");
    const deeds = ["throws", "rejects", "litters"].flatMap((deed) => scene.documents(1, deed));
    await scene.enqueueHere([...deeds, ...scene.documents(2)]);
    const worker = await scene.worker();
    const runs = await scene.check({ unfinished: deeds });
    expect(deeds.map((name) => runs.find(({ document }) => document.name === name))).toMatchObject([
      {
        status: "failed",
        error: { code: "STEP_FAILED", message: 'Step "work" threw TypeError: thrown in a timer' },
      },
      {
        status: "failed",
        error: {
          code: "STEP_FAILED",
          message: 'Step "work" threw TypeError: rejected by a promise that nobody holds',
        },
      },
      { status: "completed" },
    ]);
    await worker.tells(({ type, step }) => type === "stray" && step === "work");
    expect(worker.hasEnded).toBe(false);
  });

  faultRow("17", async () => {
    const scene = new Scene(world(), "hostile");
    const hanging = scene.documents(1, "hangs");
    await scene.enqueueHere([...hanging, ...scene.documents(2)]);
    await scene.worker(undefined, { concurrency: 1 });
    const runs = await scene.check({ unfinished: hanging });
    expect(runs.find(({ document }) => hanging.includes(document.name))).toMatchObject({
      status: "failed",
      error: { code: "STEP_TIMEOUT", message: expect.stringContaining('"work"') },
    });
  });

  faultRow("18", async () => {
    const scene = new Scene(world(), "endless");
    const endless = scene.documents(1);
    await scene.enqueueHere(endless);
    await scene.worker();
    const [run] = await scene.check({ unfinished: endless, extraRequests: 19 });
    expect(run).toMatchObject({ status: "failed", requests: 20, error: { code: "REQUEST_BUDGET" } });
    expect(scene.requests).toBe(20);
  });
});
