import { queuedState, type RunStatus, randomId } from "@sluice/core";
import { describe, expect, it } from "vitest";
import type { Backend } from "./backend.ts";
import { type BatchRecord, noCounts, type RunRecord } from "./run-record.ts";
import type { NewRun } from "./run-store.ts";

const NOW = Date.UTC(2026, 10, 23, 12);
const always = { isWanted: () => true };

/** The promises every run store keeps about what is removed, and about what was exported. */
export function runRemovalTestsuite(name: string, backend: () => Backend): void {
  const store = () => backend().runs;

  /** A batch of completed runs with input, output and a checkpoint, one for each input key. */
  const put = async (keys: readonly (string | null)[], status: RunStatus = "completed") => {
    const batch: BatchRecord = { ...batchOf(keys.length), id: randomId(10) };
    const runs = keys.map((inputKey) => newRun(batch, inputKey));
    const stored = await store().create(batch, runs);
    const ids = runs.map(({ record }) => record.id);
    for (const id of ids) {
      await store().update(id, (run) => ({ ...run, status, finishedAt: NOW }), '"out"');
      const entry = { stepPath: "one", text: "sealed", expected: null };
      if (await store().get(id)) await backend().checkpoints.write(id, entry);
    }
    return { batch, runs, ids, stored };
  };
  const listIds = async (batchId: string) => {
    const ids: string[] = [];
    for await (const run of store().list({ batchId })) ids.push(run.id);
    return ids;
  };

  describe(`removal of runs: ${name}`, () => {
    it("takes all that is stored of a run, and leaves the others of its batch whole", async () => {
      const { batch, ids } = await put([null, null, null]);
      const [first = "", gone = "", last = ""] = ids;
      expect(await store().remove([gone, randomId(12)], always)).toEqual([gone]);
      expect(await store().get(gone)).toBeUndefined();
      expect(await store().readInput(gone)).toBeUndefined();
      expect(await store().readOutput(gone)).toBeUndefined();
      expect((await backend().checkpoints.read(gone)).size).toBe(0);
      expect(await store().findIds(gone, 2)).toEqual({ runs: [], batches: [] });
      expect(await listIds(batch.id)).toEqual([first, last]);
      expect(await store().countByStatus(batch.id)).toEqual({ ...noCounts(), completed: 2 });
      expect(await store().getBatch(batch.id)).toEqual({ ...batch, total: 2 });
      expect(await store().readInput(last)).toBe(JSON.stringify({ text: "one" }));
      expect(await store().readOutput(last)).toBe('"out"');
      expect((await backend().checkpoints.read(last)).size).toBe(1);
      expect(await store().remove([gone], always)).toEqual([]);
    });

    it("lets a batch go with its last run", async () => {
      const { batch, ids } = await put([null, null]);
      expect((await store().remove(ids, always)).sort()).toEqual([...ids].sort());
      expect(await store().getBatch(batch.id)).toBeUndefined();
      expect(await store().countByStatus(batch.id)).toEqual(noCounts());
      expect((await store().findIds(batch.id, 2)).batches).toEqual([]);
      expect((await store().listBatches(1_000)).map(({ id }) => id)).not.toContain(batch.id);
      await store().create(batch, [newRun(batch, null)]);
      expect(await store().getBatch(batch.id)).toEqual(batch);
    });

    it("asks of each record as it stands, and keeps those that are not wanted or have changed since", async () => {
      const { batch, ids } = await put([null, null, null]);
      const [kept = "", changed = "", gone = ""] = ids;
      await store().update(kept, (run) => ({ ...run, requests: 7 }));
      const removed = await store().remove(ids, {
        isWanted: async (run) => {
          if (run.id === changed) await store().update(changed, (one) => ({ ...one, retries: 1 }));
          return run.requests === 0;
        },
      });
      expect(removed).toEqual([gone]);
      expect(await listIds(batch.id)).toEqual([kept, changed]);
      expect(await store().countByStatus(batch.id)).toEqual({ ...noCounts(), completed: 2 });
      const parts = await store().removeParts([kept, changed], ["input"], {
        isWanted: async (run) => {
          if (run.id === changed) await store().update(changed, (one) => ({ ...one, retries: 2 }));
          return run.requests === 0;
        },
      });
      expect(parts).toEqual([]);
      expect(await store().readInput(changed)).toBeDefined();
    });

    it("takes a run out of every batch that it joined", async () => {
      const [shared, own] = [randomId(16), randomId(16)];
      const first = await put([shared]);
      const second = await put([own, shared]);
      const third = await put([shared]);
      expect(await listIds(third.batch.id)).toEqual(first.ids);
      expect(await store().remove(first.ids, always)).toEqual(first.ids);
      expect(await store().getBatch(first.batch.id)).toBeUndefined();
      expect(await store().getBatch(third.batch.id)).toBeUndefined();
      expect(await listIds(second.batch.id)).toEqual([second.ids[0]]);
      expect(await store().countByStatus(second.batch.id)).toEqual({ ...noCounts(), completed: 1 });
      expect((await store().getBatch(second.batch.id))?.total).toBe(1);
    });

    it("keeps a run that joined a batch since a time", async () => {
      const key = randomId(16);
      const { ids, batch } = await put([key]);
      await put([key]);
      const since = { ...always, notJoinedSince: batch.createdAt };
      expect(await store().remove(ids, since)).toEqual([]);
      expect(await store().removeParts(ids, ["input", "result"], since)).toEqual([]);
      expect(await store().readOutput(ids[0] ?? "")).toBe('"out"');
      const later = { ...always, notJoinedSince: batch.createdAt + 1 };
      expect(await store().removeParts(ids, ["input", "result"], later)).toEqual(ids);
      expect(await store().remove(ids, later)).toEqual(ids);
    });

    it("lets the same input be a new run afterwards, and leaves the key to a newer run that has it", async () => {
      const [key, taken] = [randomId(16), randomId(16)];
      const { ids } = await put([key, taken]);
      const batch = { ...batchOf(1), id: randomId(10) };
      const fresh = newRun(batch, taken);
      fresh.record.fresh = true;
      await store().create(batch, [fresh]);
      expect(await store().findByInputKeys([key, taken, randomId(16)])).toEqual(
        new Map([
          [key, ids[0]],
          [taken, fresh.record.id],
        ]),
      );
      await store().remove(ids, always);
      expect(await store().findByInputKeys([key, taken])).toEqual(new Map([[taken, fresh.record.id]]));
      const again = await put([key, taken]);
      expect(again.stored.map(({ how }) => how)).toEqual(["new", "existing"]);
    });

    it("moves no other run while runs are listed or added", async () => {
      const { batch, ids } = await put(Array.from({ length: 6 }, () => null));
      const more = Array.from({ length: 1_200 }, () => newRun(batch, null));
      await store().create(batch, more.slice(0, 600));
      await store().create(batch, more.slice(600));
      const all = [...ids, ...more.map(({ record }) => record.id)];
      const seen: string[] = [];
      for await (const run of store().list({ batchId: batch.id })) {
        if (seen.push(run.id) === 1) await store().remove(all.slice(0, 300), always);
      }
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen).toEqual(expect.arrayContaining(all.slice(300)));
      const late = newRun(batch, null);
      await store().create(batch, [late]);
      expect(await listIds(batch.id)).toEqual([...all.slice(300), late.record.id]);
    });

    it("drops inputs and results by themselves, and tells whose there were", async () => {
      const { batch, ids } = await put([null, null]);
      const [id = "", other = ""] = ids;
      expect(await store().removeParts([id], ["input"], always)).toEqual([id]);
      expect(await store().removeParts([id], ["input"], always)).toEqual([]);
      expect(await store().readInput(id)).toBeUndefined();
      expect(await store().readOutput(id)).toBe('"out"');
      expect(
        await store().removeParts(ids, ["input", "result"], { isWanted: (run) => run.id === id }),
      ).toEqual([id]);
      expect(await store().readOutput(id)).toBeUndefined();
      expect((await backend().checkpoints.read(id)).size).toBe(0);
      expect(await store().readInput(other)).toBeDefined();
      expect(await store().removeParts(ids, [], always)).toEqual([]);
      expect(await listIds(batch.id)).toEqual(ids);
      expect(await store().countByStatus(batch.id)).toEqual({ ...noCounts(), completed: 2 });
    });

    it("remembers which end of a run was exported, until the run is removed", async () => {
      const { ids } = await put([null, null]);
      const [first = "", second = ""] = ids;
      await store().markExported([]);
      await store().markExported([{ id: first, finishedAt: NOW }]);
      expect(await store().findExported(ids)).toEqual(new Map([[first, NOW]]));
      const both = ids.map((id) => ({ id, finishedAt: NOW + 1 }));
      await store().markExported(both);
      expect(await store().findExported([first])).toEqual(new Map([[first, NOW + 1]]));
      await store().remove([first], always);
      expect(await store().findExported(ids)).toEqual(new Map([[second, NOW + 1]]));
      expect(await store().findExported([])).toEqual(new Map());
    });
  });
}

function batchOf(total: number): Omit<BatchRecord, "id"> {
  return { pipeline: "invoices", version: 1, createdAt: NOW, total };
}

function newRun(batch: BatchRecord, inputKey: string | null): NewRun {
  const record: RunRecord = {
    id: randomId(12),
    batchId: batch.id,
    pipeline: batch.pipeline,
    version: batch.version,
    fingerprint: "f".repeat(64),
    document: { id: null, name: "a\u0000b.pdf" },
    fresh: false,
    priority: "normal",
    inputKey,
    ...queuedState(batch.createdAt),
  };
  return { record, input: JSON.stringify({ text: "one" }) };
}
