import { queuedState, type RunStatus, randomId } from "@sluice/core";
import { describe, expect, it } from "vitest";
import { type BatchRecord, noCounts, type RunRecord } from "./run-record.ts";
import type { NewRun, RunStore } from "./run-store.ts";

const NOW = Date.UTC(2026, 10, 23, 12);

/** The promises every run store keeps about runs of the same input. */
export function runIdentityTestsuite(name: string, store: () => RunStore): void {
  const put = async (keys: readonly (string | null)[], more: Partial<RunRecord> = {}) => {
    const batch = newBatch(keys.length);
    const runs = keys.map((inputKey) => newRun(batch, { ...more, inputKey }));
    const stored = await store().create(batch, runs);
    return { batch, runs, stored, ids: runs.map(({ record }) => record.id) };
  };
  const setStatus = (id: string, status: RunStatus) => store().update(id, (run) => ({ ...run, status }));
  const listIds = async (batchId?: string, status?: RunStatus[]) => {
    const ids: string[] = [];
    for await (const run of store().list({ batchId, status })) ids.push(run.id);
    return ids;
  };

  describe(`runs of the same input: ${name}`, () => {
    it("are one run, which every batch counts, lists and exports as its own", async () => {
      const [known, other] = [randomId(16), randomId(16)];
      const first = await put([known]);
      const [id = ""] = first.ids;
      expect(first.stored).toEqual([{ id, how: "new", status: "queued" }]);
      await setStatus(id, "running");
      const second = await put([other, known]);
      expect(second.stored).toEqual([
        { id: second.ids[0], how: "new", status: "queued" },
        { id, how: "existing", status: "running" },
      ]);
      expect(await store().get(String(second.ids[1]))).toBeUndefined();
      expect(await store().readInput(String(second.ids[1]))).toBeUndefined();
      expect(await listIds(second.batch.id)).toEqual([second.ids[0], id]);
      expect(await listIds(second.batch.id, ["running"])).toEqual([id]);
      const members = await store().membersAmong(second.batch.id, [id, ...second.ids, randomId(12)]);
      expect(members.sort()).toEqual([String(second.ids[0]), id].sort());
      expect(await store().membersAmong(second.batch.id, [])).toEqual([]);
      expect(await store().countByStatus(second.batch.id)).toEqual({ ...noCounts(), queued: 1, running: 1 });
      await setStatus(id, "completed");
      for (const { batch } of [first, second]) {
        expect((await store().countByStatus(batch.id)).completed).toBe(1);
        expect((await store().countByStatus(batch.id)).running).toBe(0);
      }
    });

    it("are listed once where all runs are listed, in the batch where they were new", async () => {
      const key = randomId(16);
      const { ids } = await put([key]);
      await put([key, randomId(16)]);
      const all = await listIds();
      expect(all.filter((id) => id === ids[0])).toHaveLength(1);
    });

    it("are one run when fifty batches are stored at the same time", async () => {
      const key = randomId(16);
      const batches = await Promise.all(Array.from({ length: 50 }, () => put([key])));
      const stored = batches.flatMap((batch) => batch.stored);
      expect(new Set(stored.map(({ id }) => id)).size).toBe(1);
      expect(stored.filter(({ how }) => how === "new")).toHaveLength(1);
      const counts = await Promise.all(batches.map(({ batch }) => store().countByStatus(batch.id)));
      expect(counts).toEqual(Array(50).fill({ ...noCounts(), queued: 1 }));
      const [id = ""] = stored.map((run) => run.id);
      await setStatus(id, "completed");
      const after = await Promise.all(batches.map(({ batch }) => store().countByStatus(batch.id)));
      expect(after).toEqual(Array(50).fill({ ...noCounts(), completed: 1 }));
    });

    it("are one member of their batch, however often they come in it", async () => {
      const [one, two] = [randomId(16), randomId(16)];
      const { ids: known } = await put([two]);
      const { batch, ids, stored } = await put([one, one, two, two]);
      expect(stored.map(({ id, how }) => [id, how])).toEqual([
        [ids[0], "new"],
        [ids[0], "existing"],
        [known[0], "existing"],
        [known[0], "existing"],
      ]);
      expect(await listIds(batch.id)).toEqual([ids[0], known[0]]);
      expect((await store().countByStatus(batch.id)).queued).toBe(2);
    });

    it.each(["failed", "cancelled"] as const)("are stored again when the run has %s", async (status) => {
      const key = randomId(16);
      const first = await put([key]);
      await setStatus(String(first.ids[0]), status);
      const second = await put([key]);
      expect(second.stored).toEqual([{ id: second.ids[0], how: "again", status: "queued" }]);
      expect(await store().countByStatus(first.batch.id)).toEqual({ ...noCounts(), [status]: 1 });
      const third = await put([key]);
      expect(third.stored).toEqual([{ id: second.ids[0], how: "existing", status: "queued" }]);
    });

    it("are the run that failed, once it is retried", async () => {
      const key = randomId(16);
      const { ids } = await put([key]);
      await setStatus(String(ids[0]), "failed");
      await setStatus(String(ids[0]), "queued");
      expect((await put([key])).stored).toEqual([{ id: ids[0], how: "existing", status: "queued" }]);
    });

    it("are the newest of them, whatever becomes of the run that it took the place of", async () => {
      const key = randomId(16);
      const [first = ""] = (await put([key])).ids;
      await setStatus(first, "failed");
      const [second = ""] = (await put([key])).ids;
      await setStatus(first, "queued");
      await setStatus(first, "completed");
      expect((await put([key])).stored).toEqual([{ id: second, how: "existing", status: "queued" }]);
    });

    it("are new and take the place of the others when they are fresh", async () => {
      const key = randomId(16);
      await put([key]);
      const fresh = await put([key], { fresh: true });
      expect(fresh.stored).toEqual([{ id: fresh.ids[0], how: "new", status: "queued" }]);
      expect((await put([key])).stored).toEqual([{ id: fresh.ids[0], how: "existing", status: "queued" }]);
    });

    it("are never found by runs without an input", async () => {
      const { stored, ids } = await put([null, null]);
      expect(stored.map(({ id, how }) => [id, how])).toEqual(ids.map((id) => [id, "new"]));
    });

    it("are what they were when the same runs are stored a second time", async () => {
      const key = randomId(16);
      const { batch, runs, stored, ids } = await put([key, null]);
      expect(await store().create(batch, runs)).toEqual(stored);
      expect(await listIds(batch.id)).toEqual(ids);
      expect((await store().countByStatus(batch.id)).queued).toBe(2);
      await setStatus(String(ids[0]), "completed");
      await store().create(batch, runs);
      expect(await store().countByStatus(batch.id)).toEqual({ ...noCounts(), queued: 1, completed: 1 });
      expect((await put([key])).stored).toEqual([{ id: ids[0], how: "existing", status: "completed" }]);
    });
  });
}

function newBatch(total: number): BatchRecord {
  return { id: randomId(10), pipeline: "invoices", version: 1, createdAt: NOW, total };
}

function newRun(batch: BatchRecord, more: Partial<RunRecord>): NewRun {
  const record: RunRecord = {
    ...queuedState(NOW),
    id: randomId(12),
    batchId: batch.id,
    pipeline: batch.pipeline,
    version: batch.version,
    fingerprint: "f".repeat(64),
    document: { id: null, name: "a.pdf" },
    fresh: false,
    priority: "normal",
    inputKey: null,
    ...more,
  };
  return { record, input: "{}" };
}
