import { batchProgress } from "@sluice/worker";
import { Redis } from "ioredis";
import { expect } from "vitest";
import { faultRow } from "./fault-row.ts";
import { Scene } from "./scene.ts";
import { MARGIN_MS, type World, writesAtOnce } from "./world.ts";
import { onEachBackend } from "./worlds.ts";

async function restart({ redis }: World): Promise<void> {
  await redis?.crash();
  await redis?.revive();
}

onEachBackend(
  "a Redis that writes to disk",
  ["redis"],
  (world) => {
    faultRow("19", async () => {
      const scene = new Scene(world());
      const workers = [await scene.worker(), await scene.worker()];
      const documents = scene.documents(14);
      await scene.enqueueHere(documents);
      for (const requests of [3, 7, 11]) {
        await scene.asked(requests);
        await restart(world());
      }
      const runs = await scene.check();
      expect(runs.map(({ retries, crashes }) => ({ retries, crashes }))).toEqual(
        runs.map(() => ({ retries: 0 })),
      );
      expect(workers.map(({ hasEnded }) => hasEnded)).toEqual([false, false]);
    });
  },
  { redisArgs: writesAtOnce },
);

const LIMIT = 10;
/** Long enough for a store to be emptied within it. */
const MINUTE_MS = 3_000;

/** All requests of a minute are under way when the store is emptied; their documents are enqueued again at once. */
async function emptied(
  world: World,
  workerCount: number,
  empty: (world: World) => Promise<void>,
): Promise<void> {
  const scene = new Scene(world);
  const documents = scene.documents(LIMIT);
  world.simulator.script("*", ...documents.map(() => ({ kind: "hang" }) as const));
  const own = { concurrency: LIMIT / workerCount, syncEveryMs: 500 };
  const workers = await Promise.all(Array.from({ length: workerCount }, () => scene.worker(undefined, own)));
  const lost = await scene.enqueueHere(documents);
  await scene.asked(LIMIT);
  await empty(world);
  for (const worker of workers) {
    const told = await worker.tells(({ code }) => code === "RUN_GONE");
    expect(told["message"]).toContain(`Runs lost: ${own.concurrency} known to this process`);
  }

  await scene.enqueueHere(documents);
  const backend = await world.open();
  await scene.finish(backend);
  await expect(batchProgress(backend, { id: lost, total: LIMIT })).rejects.toMatchObject({
    code: "RUN_GONE",
  });
  await backend.close();
  // The count of the day was lost, too, and is read from the server.
  await scene.recounted();
  // Each remembers its own sends, and puts them back when it asks: what the others have sent may come on top, once.
  const overLimit = LIMIT - own.concurrency;
  await scene.check({ extraRequests: LIMIT + overLimit, overLimit });
  for (const worker of workers) {
    expect(worker.told.map(({ code }) => code)).not.toContain("RUN_LOST");
    expect(worker.told.filter(({ code }) => code === "RUN_GONE")).toHaveLength(1);
    expect(worker.hasEnded).toBe(false);
  }
}

onEachBackend(
  "a Redis that has lost all",
  ["redis"],
  (world) => {
    faultRow("20", () => emptied(world(), 1, restart));

    faultRow("21", () =>
      emptied(world(), 2, async ({ redis }) => {
        const admin = new Redis(redis?.url ?? "");
        await admin.flushall();
        admin.disconnect();
      }),
    );
  },
  {
    minute: { perMinute: LIMIT, minuteMs: MINUTE_MS },
    rules: { windowMs: MINUTE_MS + MARGIN_MS },
  },
);
