import type { Backend } from "@sluice/worker";
import { describe, expect, it } from "vitest";
import { mortalLock } from "./locks.ts";
import { Nemesis } from "./nemesis.ts";
import { Scene } from "./scene.ts";
import { World, writesAtOnce } from "./world.ts";

const seed = Number(process.env["SLUICE_TORTURE_SEED"] ?? 1);
const seconds = Number(process.env["SLUICE_TORTURE_SECONDS"] ?? 60);
/** How long everything may take to finish once nothing does harm any more. */
const HEALED_MS = 120_000;

const world = await World.open({
  backend: "redis",
  redisArgs: writesAtOnce,
  lock: mortalLock,
});

/** Waits until nothing is left to do in the whole store; gives the documents that killed three workers in one step. */
async function finished(backend: Backend): Promise<string[]> {
  const poisoned: string[] = [];
  const left = async () => {
    const open: string[] = [];
    poisoned.length = 0;
    for await (const { id, status, finishedAt, error, document } of backend.runs.list()) {
      if (finishedAt === null) open.push(`${id} ${status}`);
      if (error?.code === "POISON") poisoned.push(document.name);
    }
    return open;
  };
  await expect.poll(left, { timeout: HEALED_MS, interval: 200 }).toEqual([]);
  return poisoned;
}

describe.skipIf(world === null)("whatever is killed, held up, restarted and spoilt", () => {
  it(
    `leaves every accepted document finished once, when nothing does harm any more (seed ${seed}, ${seconds} s)`,
    async () => {
      if (world === null) return;
      await using _ = world;
      const scene = new Scene(world);
      const nemesis = new Nemesis(world, scene.documents(4_000), seed);
      try {
        await nemesis.rage(seconds * 1_000);
        await nemesis.heal();
        await scene.worker();
        await scene.worker();
        await using backend = Object.assign(await world.open(), {
          [Symbol.asyncDispose]: () => backend.close(),
        });
        const poisoned = await finished(backend);
        // Also those whose client died before it could say so.
        const batches = (await backend.runs.listBatches(4_000)).map(({ id }) => id);
        expect([...nemesis.accepted.keys()].filter((id) => !batches.includes(id))).toEqual([]);
        for (const id of batches) scene.accept(nemesis.accepted.get(id) ?? [], id);
        const runs = await scene.check({ extraRequests: nemesis.wasted, unfinished: poisoned });
        expect(runs.length - poisoned.length).toBeGreaterThan(0);
      } catch (error) {
        throw new Error(`seed ${seed}:\n${nemesis.deeds.join("\n")}`, { cause: error });
      }
    },
    seconds * 1_000 + 2 * HEALED_MS,
  );
});
