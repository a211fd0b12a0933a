import { createLedger } from "@sluice/core";
import { enqueue } from "@sluice/worker";
import { Redis } from "ioredis";
import { expect } from "vitest";
import { faultRow } from "./fault-row.ts";
// biome-ignore lint/correctness/useImportExtensions: its types stand beside it, in summaries.d.mts.
import { inputOf, summaries } from "./fixtures/summaries.mjs";
import { playFaults } from "./play-faults.ts";
import { Scene } from "./scene.ts";
import { WorkerHere } from "./worker-here.ts";
import type { World } from "./world.ts";
import { onEachBackend } from "./worlds.ts";

const MIB = 1024 ** 2;
const QUEUED = 20_000;
const QUIET_MS = 3_000;

/** Commands that Redis has carried out, without those that ask for this count. */
async function commandsOf(admin: Redis): Promise<number> {
  const stats = await admin.info("commandstats");
  const calls = [...stats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)];
  return calls.reduce((sum, [, name, count]) => (name === "info" ? sum : sum + Number(count)), 0);
}

/** Very many runs of an account whose day is spent. */
async function manyQueued(world: World): Promise<void> {
  const backend = await world.open();
  const ledger = createLedger({ cell: backend.cell("ledger"), rules: world.settings.rules });
  await ledger.sync({ used: 50, limit: 50 });
  const documents = new Scene(world).documents(QUEUED);
  const items = documents.map((name) => ({ document: { id: null, name }, input: inputOf(name) }));
  const { batchId } = await enqueue(backend, { pipeline: summaries, items, total: QUEUED });
  const worker = world.start("work");
  await worker.tells(({ type }) => type === "ready", 60_000);

  const admin = new Redis(world.redis?.url ?? "");
  let before = 0;
  const sinceLastLook = async () => {
    const last = before;
    before = await commandsOf(admin);
    return before - last;
  };
  // At its start a worker looks at all runs once; then it is silent.
  await expect.poll(sinceLastLook, { timeout: 90_000, interval: QUIET_MS }).toBeLessThan(2);
  admin.disconnect();
  expect(await backend.runs.countByStatus(batchId)).toMatchObject({ queued: QUEUED, parked: 0 });
  await backend.close();
  worker.send("SIGTERM");
  await worker.ended();
  const { maxRssBytes } = await worker.tells(({ type }) => type === "ended");
  expect(maxRssBytes).toBeLessThan(250 * MIB);
}

onEachBackend(
  "documents are enqueued",
  ["redis"],
  (world) => {
    faultRow("35", async () => {
      const scene = new Scene(world());
      const documents = scene.documents(2);
      const clients = [1, 2, 3].map(() => world().start("enqueue", { documents, times: 17 }));
      await Promise.all(clients.map((client) => client.ended()));
      const told = clients.flatMap((client) => client.told.filter(({ type }) => type === "enqueued"));
      expect(told).toHaveLength(51);
      const sum = (name: string) => told.reduce((total, one) => total + Number(one[name]), 0);
      expect([sum("queued"), sum("existing")]).toEqual([2, 100]);
      scene.accept(documents, String(told[0]?.["batchId"]));

      await using worker = await WorkerHere.start(world());
      await scene.check();
      // The same document with another input is another run.
      const [name = ""] = documents;
      const item = { document: { id: null, name }, input: { ...inputOf(name), text: "Another text." } };
      const other = await enqueue(worker.backend, { pipeline: summaries, items: [item], total: 1 });
      expect(other).toMatchObject({ queued: 1, existing: 0 });
      await expect
        .poll(async () => (await worker.backend.runs.countByStatus(other.batchId)).completed, {
          timeout: 20_000,
        })
        .toBe(1);
    });

    faultRow("36", async () => {
      const scene = new Scene(world());
      const [poison = ""] = scene.documents(1, "poison");
      await scene.enqueue([poison]);
      for (let death = 1; death <= 3; death++) {
        const dying = await scene.worker("permit:1:SIGKILL", { concurrency: 1 });
        expect(await dying.ended()).toBe("SIGKILL");
      }
      await using _worker = await WorkerHere.start(world());
      await scene.enqueueHere(scene.documents(3));
      const runs = await scene.check({ unfinished: [poison] });
      const [dead] = runs.filter(({ document }) => document.name === poison);
      expect(dead).toMatchObject({ error: { code: "POISON" } });
      expect(dead?.crashes?.map(({ step }) => step)).toEqual(["summarise", "summarise", "summarise"]);
    });

    faultRow("36", async () => {
      const prose = Array.from({ length: 4 }, () => ({ kind: "prose" }) as const);
      const { runs } = await playFaults(world(), prose, {
        documents: 3,
        concurrency: 1,
        unfinished: [0],
        extraRequests: 3,
      });
      const [invalid] = runs.filter(({ status }) => status === "failed");
      expect(invalid).toMatchObject({ error: { code: "ANSWER_INVALID" }, requests: 4 });
    });
  },
  { lock: { durationMs: 1_500, stalledMs: 300 } },
);

onEachBackend("very many documents are enqueued", ["redis"], (world) => {
  faultRow("42", () => manyQueued(world()), 180_000);
});
