import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { queuedState, type RunTransition, type RunUsage, transition } from "@sluice/core";
import { ManualClock } from "@sluice/core/testing";
import { LATEST_SCHEMA_VERSION } from "bullmq";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { RunQueue } from "../../backend/run-queue.ts";
import { defaultLock } from "../bull-settings.ts";
import { recoveryOf } from "./bull-statements.ts";
import { openEmbeddedQueue } from "./embedded-queue.ts";
import { migrate } from "./migrations.ts";
import { PgliteHost } from "./pglite-host.ts";
import { prepareQueueTables, QUEUE_TABLES_VERSION } from "./queue-tables.ts";
import { SqlCache } from "./sql-cache.ts";
import { SqlCell } from "./sql-cell.ts";
import { SqlDatabase } from "./sql-database.ts";
import { ConnectionLostError, type NotificationListener, type SqlHost, type SqlResult } from "./sql-host.ts";
import { SqlRunStore } from "./sql-run-store.ts";

const countSchema = z.object({ jobs: z.coerce.number() });
const noUsage: RunUsage = { requests: 0, models: [], cached: false };

async function countJobs(host: PgliteHost | undefined): Promise<number> {
  const result = await host?.query("SELECT count(*) AS jobs FROM bullmq.job", []);
  return countSchema.parse(result?.rows[0]).jobs;
}

function openQueue(store: ForgetfulHost, folder: string): Promise<RunQueue> {
  const database = new SqlDatabase(store, folder);
  return openEmbeddedQueue({ store, database, lock: defaultLock, memberId: async () => "m1" });
}

/** A host that loses the answer to every few statements, in turn after they were carried out and before. */
class ForgetfulHost implements SqlHost {
  readonly isConnected = true;
  readonly #host: PgliteHost;
  readonly #every: number;
  readonly #forgotten = new Set<string>();
  #statements = 0;
  lost = 0;

  constructor(host: PgliteHost, every: number) {
    this.#host = host;
    this.#every = every;
  }

  async query(sql: string, params?: readonly unknown[]): Promise<SqlResult> {
    this.#statements += 1;
    const text = JSON.stringify([sql, params]);
    // What is repeated gets through.
    const isRepeat = this.#forgotten.delete(text);
    if (this.#statements % this.#every !== 0 || isRepeat) return this.#host.query(sql, params);
    this.#forgotten.add(text);
    this.lost += 1;
    if (this.lost % 2 === 0) await this.#host.query(sql, params);
    throw new ConnectionLostError("the answer is lost", { wasSent: true });
  }

  onNotification(listener: NotificationListener): () => void {
    return this.#host.onNotification(listener);
  }
}

describe("when answers of the database are lost", () => {
  let folder = "";
  let host: PgliteHost | undefined;
  const forgetful = (every: number) => {
    if (host === undefined) throw new Error("the database did not start");
    return new ForgetfulHost(host, every);
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sluice-lost-"));
    host = await PgliteHost.start(join(folder, "data"));
    await migrate(new SqlDatabase(host, folder));
    await prepareQueueTables(host);
  }, 60_000);
  afterAll(async () => {
    await host?.close();
    await rm(folder, { recursive: true });
  });

  it.each([3, 5, 7])(
    "every run is taken once and none is lost (one answer in %i)",
    async (every) => {
      const store = forgetful(every);
      const queue = await openQueue(store, folder);
      const ids = Array.from({ length: 60 }, (_, index) => `run-${every}-${index}`);
      const taken: string[] = [];
      const errors: unknown[] = [];
      const consumer = await queue.consume({
        concurrency: 4,
        process: async (runId) => {
          const before = taken.filter((id) => id === runId).length;
          taken.push(runId);
          return before === 0 && runId.endsWith("7")
            ? { kind: "park", until: Date.now() + 20 }
            : { kind: "done" };
        },
        onError: (error) => errors.push(error),
      });
      for (const id of ids) await queue.add([id]);
      const parked = ids.filter((id) => id.endsWith("7"));
      await expect
        .poll(() => taken.length, { timeout: 20_000 })
        .toBeGreaterThanOrEqual(ids.length + parked.length);
      await expect.poll(() => countJobs(host), { timeout: 20_000 }).toBe(0);
      await consumer.close(1_000);
      expect(taken.toSorted()).toEqual([...ids, ...parked].toSorted());
      expect(errors).toEqual([]);
      expect(store.lost).toBeGreaterThan(20);
    },
    60_000,
  );

  it("a cell counts exactly, and a claim is given once", async () => {
    const store = forgetful(3);
    const database = new SqlDatabase(store, folder);
    const cell = new SqlCell(database, "tally", new ManualClock(0));
    let refused = 0;
    for (let count = 0; count < 60; count++) {
      const { text } = await cell.read();
      if (!(await cell.swap(text, `${Number(text ?? 0) + 1}`))) refused += 1;
    }
    expect(refused).toBe(0);
    expect((await cell.read()).text).toBe("60");
    const cache = new SqlCache(database, new ManualClock(0));
    for (let count = 0; count < 20; count++) {
      expect(await cache.claim(`key-${count}`, 1_000)).toBe(true);
      expect(await cache.claim(`key-${count}`, 1_000)).toBe(false);
    }
    expect(store.lost).toBeGreaterThan(30);
  });

  it("a run is changed once, and counted once", async () => {
    const store = forgetful(3);
    const runs = new SqlRunStore(new SqlDatabase(store, folder));
    const batch = { id: "b1", pipeline: "p", version: 1, createdAt: 1, total: 1 };
    const document = { id: null, name: "a.pdf" };
    const facts = { batchId: "b1", pipeline: "p", version: 1, fingerprint: "f", document, fresh: false };
    const place = { priority: "normal", inputKey: null } as const;
    await runs.create(batch, [{ record: { id: "r1", ...facts, ...place, ...queuedState(1) }, input: "{}" }]);
    for (let now = 2; now < 42; now++) {
      const step: RunTransition = now % 2 === 0 ? { type: "start" } : { type: "requeue", usage: noUsage };
      const updated = await runs.update("r1", (run) => transition(run, step, now));
      expect(updated?.changed).toBe(true);
    }
    expect(await runs.countByStatus("b1")).toMatchObject({ queued: 1, running: 0 });
    expect(store.lost).toBeGreaterThan(20);
  });
});

describe("a statement of BullMQ", () => {
  it.each([
    ["-- Claim the next job\nSELECT * FROM move_to_active($1, $2);", "claim"],
    ["SELECT * FROM move_to_completed_fetch(\n  $1, $2);", "finish"],
    ["SELECT move_to_delayed($1, $2, $3, $4, $5, $6, $7, $8::jsonb) AS n;", "park"],
    ["SELECT state, priority FROM job WHERE queue = $1 AND id = $2;", "repeat"],
    ["SELECT id FROM add_jobs_bulk($1, $2::jsonb) AS t(id);", "repeat"],
    ["SELECT remove($1, $2, $3) AS n;", "fail"],
    ["SELECT some_new_function($1);", "fail"],
    ["DELETE FROM job", "fail"],
    ["BEGIN", "fail"],
  ])("%j is settled by: %s", (sql, recovery) => {
    expect(recoveryOf(sql)).toBe(recovery);
  });

  it("stands on tables of the version that is looked for", () => {
    expect(QUEUE_TABLES_VERSION).toBe(LATEST_SCHEMA_VERSION);
  });
});
