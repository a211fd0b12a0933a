import { createLedger } from "@sluice/core";
import { createRegistry, enqueue, retry } from "@sluice/worker";
import { Redis } from "ioredis";
import { expect } from "vitest";
import { faultRow } from "./fault-row.ts";
// biome-ignore lint/correctness/useImportExtensions: its types stand beside it, in pipelines.d.mts.
import { pipelines } from "./fixtures/pipelines.mjs";
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
  // A busy machine collects garbage late: with a heap of this size, memory that is only not collected yet is not counted.
  const worker = world.start("work", { nodeArgs: ["--max-old-space-size=96"] });
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

/** One document kills every worker while others are at work in the same process. */
async function setAside(world: World): Promise<void> {
  const scene = new Scene(world, "deadly");
  const [poison = ""] = scene.documents(1, "kills");
  let worker = await scene.worker();
  await scene.enqueueHere([...scene.documents(2), poison, ...scene.documents(1, "last")]);
  for (let death = 1; death <= 3; death++) {
    expect(await worker.ended()).toBe("SIGKILL");
    await world.locksRunOut();
    worker = await scene.worker();
  }
  const runs = await scene.check({ unfinished: [poison] });
  const [dead] = runs.filter(({ document }) => document.name === poison);
  expect(dead).toMatchObject({
    status: "failed",
    error: {
      code: "POISON",
      message: expect.stringMatching(/^3 workers died in step "parse" of run \w+: .+:\d+:/),
    },
    crashes: [{ step: "parse" }, { step: "parse" }, { step: "parse" }],
  });
  expect(new Set(dead?.crashes?.map((crash) => crash.worker)).size).toBe(3);
  expect(worker.hasEnded).toBe(false);
  await worker.kill();

  // A person who has mended what it was begins it anew, with nothing held against it.
  const backend = await world.open();
  await retry(backend, createRegistry([pipelines.deadly]), dead ? [dead] : []);
  const retried = await backend.runs.get(dead?.id ?? "");
  expect(retried?.status).toBe("queued");
  expect(retried?.crashes).toBeUndefined();
  await backend.close();
}

onEachBackend("documents are enqueued", ["redis"], (world) => {
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
});

onEachBackend("a document kills its workers", ["redis", "embedded"], (world) => {
  faultRow("36", () => setAside(world()), 120_000);
});

onEachBackend("very many documents are enqueued", ["redis"], (world) => {
  faultRow("42", () => manyQueued(world()), 180_000);
});
