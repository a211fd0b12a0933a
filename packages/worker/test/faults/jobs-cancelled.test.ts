import { code, definePipeline } from "@sluice/core";
import { cancel, enqueue } from "@sluice/worker";
import { expect } from "vitest";
import { z } from "zod";
import { faultRow } from "./fault-row.ts";
import { Scene } from "./scene.ts";
import { WorkerHere } from "./worker-here.ts";
import { onEachBackend } from "./worlds.ts";

/** A second is promised, on a machine that has nothing else to do. */
const PATIENCE_MS = 3_000;

/** Cancels what the worker has at work, and waits until it has nothing. */
async function stops({ backend, worker }: WorkerHere, batchId: string): Promise<void> {
  const { cancelled } = await cancel(backend, backend.runs.list({ batchId }));
  expect(cancelled).toBe(1);
  await expect.poll(() => worker.atWork, { timeout: PATIENCE_MS, interval: 10 }).toBe(0);
}

onEachBackend("a run is cancelled", ["redis"], (world) => {
  faultRow("41", async () => {
    const scene = new Scene(world());
    const { simulator, clock } = world();
    await using worker = await WorkerHere.start(world(), { syncs: false });

    // While its request is under way, which stays spent.
    simulator.script("*", { kind: "hang" });
    const asking = scene.documents(1, "asking");
    const asked = await scene.enqueueHere(asking);
    await expect.poll(() => scene.requests, { timeout: 20_000 }).toBe(1);
    await stops(worker, asked);
    await expect.poll(() => simulator.journal.at(-1), { timeout: 20_000 }).toMatchObject({ aborted: true });

    // Between two steps.
    let done = 0;
    let begin = () => {};
    let finish = () => {};
    const begins = new Promise<void>((resolve) => (begin = resolve));
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const first = async () => {
      begin();
      await finished;
      return ++done;
    };
    const pipeline = definePipeline({ name: "two-steps", version: 1, input: z.object({}) })
      .step("first", code({ output: z.number(), run: first }))
      .step("second", code({ output: z.number(), run: () => ++done }));
    {
      await using other = await WorkerHere.start(world(), { pipelines: [pipeline], syncs: false });
      await worker.kill();
      const items = [{ document: { id: null, name: "two-steps.txt" }, input: {} }];
      const { batchId } = await enqueue(other.backend, { pipeline, items, total: 1 });
      await begins;
      await stops(other, batchId);
      finish();
      await expect.poll(() => done).toBe(1);
    }
    expect(done).toBe(1);

    // While it waits for a permit, which nobody pays.
    await using third = await WorkerHere.start(world(), { syncs: false });
    await third.models.ledger.reject({ kind: "minute", resetAt: clock.now() + 30_000 });
    const { usedToday } = await third.models.ledger.status();
    const waiting = scene.documents(1, "waiting");
    const waits = await scene.enqueueHere(waiting);
    await expect.poll(async () => (await third.models.ledger.status()).waiting, { timeout: 20_000 }).toBe(1);
    await stops(third, waits);
    expect(await third.models.ledger.status()).toMatchObject({ usedToday, waiting: 0 });
    const runs = await scene.check({ unfinished: [...asking, ...waiting] });
    expect(runs.map(({ status }) => status)).toEqual(["cancelled", "cancelled"]);
  });
});
