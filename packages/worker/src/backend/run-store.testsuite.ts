import { queuedState, randomId, seal } from "@sluice/core";
import { describe, expect, it } from "vitest";
import type { Backend } from "./backend.ts";
import { runIdentityTestsuite } from "./run-identity.testsuite.ts";
import { type BatchRecord, noCounts, type RunRecord } from "./run-record.ts";
import { runRemovalTestsuite } from "./run-removal.testsuite.ts";
import type { NewRun, RunFilter } from "./run-store.ts";

const NOW = Date.UTC(2026, 10, 22, 12);

/** The promises every run store keeps. */
export function runStoreTestsuite(name: string, backend: () => Backend): void {
  const store = () => backend().runs;

  /** Stores a batch of `size` runs. */
  const seed = async (size: number, createdAt = NOW) => {
    const batch = newBatch(size, createdAt);
    const runs = newRuns(batch, size);
    await store().create(batch, runs);
    return { batch, runs, ids: runs.map(({ record }) => record.id) };
  };
  const seedOne = async () => {
    const { batch, ids } = await seed(1);
    return { batch, id: String(ids[0]) };
  };
  const listIds = async (filter: RunFilter) => {
    const ids: string[] = [];
    for await (const run of store().list(filter)) ids.push(run.id);
    return ids;
  };

  describe(`run store: ${name}`, () => {
    it("returns what was created, input to the letter", async () => {
      const batch = newBatch(1, NOW);
      const [run] = newRuns(batch, 1);
      const input = JSON.stringify({ text: "\u0000 \ud800 ü 漢", z: 1, a: 2 });
      await store().create(batch, [{ record: record(run), input }]);
      expect(await store().get(record(run).id)).toEqual(record(run));
      expect(await store().readInput(record(run).id)).toBe(input);
      expect(await store().getBatch(batch.id)).toEqual(batch);
    });

    it("reads records that were written before a run could wait, be retried, be asked anew or had a history", async () => {
      const batch = newBatch(1, NOW);
      const [run] = newRuns(batch, 1);
      const { waitingFor: _, requestsBefore: __, fresh: ___, ...past } = record(run);
      const { priority: ____, inputKey: _____, history: ______, ...older } = past;
      await store().create(batch, [{ record: older as RunRecord, input: null }]);
      const read = { ...record(run), history: [] };
      expect(await store().get(older.id)).toEqual(read);
      const { run: next } = (await store().update(older.id, (one) => ({ ...one, requests: 1 }))) ?? {};
      expect(next).toEqual({ ...read, requests: 1 });
    });

    it("keeps what a waiting run waits for, and counts and lists it as waiting", async () => {
      const { batch, id } = await seedOne();
      const waitingFor = { step: "pay/3/release", question: "Pay \u0000 12 €?", until: NOW };
      await store().update(id, (run) => ({ ...run, status: "waiting", waitingFor }));
      expect((await store().get(id))?.waitingFor).toEqual(waitingFor);
      expect(await store().countByStatus(batch.id)).toEqual({ ...noCounts(), waiting: 1 });
      expect(await listIds({ batchId: batch.id, status: ["waiting"] })).toEqual([id]);
    });

    it("keeps a document's name with any characters in it", async () => {
      const batch = newBatch(1, NOW);
      const [run] = newRuns(batch, 1);
      const named = { ...record(run), document: { id: null, name: "a\u0000b\ud800 'quoted' \\ ü.pdf" } };
      await store().create(batch, [{ record: named, input: null }]);
      expect((await store().get(named.id))?.document).toEqual(named.document);
    });

    it("has nothing for ids it never saw", async () => {
      const id = randomId(12);
      expect(await store().get(id)).toBeUndefined();
      expect(await store().getBatch(id)).toBeUndefined();
      expect(await store().getMany([id])).toEqual([]);
      expect(await store().readInput(id)).toBeUndefined();
      expect(await store().readOutput(id)).toBeUndefined();
      expect(await store().update(id, (run) => run)).toBeUndefined();
      expect(await store().countByStatus(id)).toEqual(noCounts());
      expect(await listIds({ batchId: id })).toEqual([]);
    });

    it("gives inputs and outputs back to the letter, small and large, also those that look like what is stored", async () => {
      const sealed = await seal('{"text":"another"}');
      const values = [
        "",
        "\u0000 \ud800 ü 漢 𝄞",
        sealed,
        "The tide turns. ".repeat(5_000),
        { v: 1, h: "x", p: "1" },
      ];
      const batch = newBatch(values.length, NOW);
      const runs = newRuns(batch, values.length);
      const texts = values.map((value) => JSON.stringify({ value }));
      const given = runs.map((run, index) => ({ ...run, input: String(texts[index]) }));
      await store().create(batch, given);
      for (const [index, run] of runs.entries()) {
        const { id } = record(run);
        await store().update(id, (present) => ({ ...present, status: "completed" }), texts[index]);
        expect(await store().readInput(id)).toBe(texts[index]);
        expect(await store().readOutput(id)).toBe(texts[index]);
      }
    });

    it("has no input for a run whose document could not be loaded", async () => {
      const batch = newBatch(1, NOW);
      const [run] = newRuns(batch, 1);
      await store().create(batch, [{ record: record(run), input: null }]);
      expect(await store().readInput(record(run).id)).toBeUndefined();
    });

    it("gives those of many runs that there are", async () => {
      const { runs, ids } = await seed(3);
      await store().update(String(ids[2]), (run) => ({ ...run, status: "cancelled" }));
      const [first, , last] = runs.map(({ record: stored }) => stored);
      const given = await store().getMany([String(ids[2]), randomId(12), String(ids[0])]);
      expect(given).toHaveLength(2);
      expect(given).toContainEqual(first);
      expect(given).toContainEqual({ ...last, status: "cancelled" });
      expect(await store().getMany([])).toEqual([]);
    });

    it("leaves runs as they are when they are created again", async () => {
      const { batch, runs, ids } = await seed(3);
      await store().update(String(ids[1]), (run) => ({ ...run, status: "running" }));
      await store().create({ ...batch, total: 99 }, runs);
      expect((await store().get(String(ids[1])))?.status).toBe("running");
      expect(await store().getBatch(batch.id)).toEqual(batch);
      expect(await store().countByStatus(batch.id)).toEqual({ ...noCounts(), queued: 2, running: 1 });
      expect(await listIds({ batchId: batch.id })).toEqual(ids);
    });

    it("adds the next runs of a batch behind the first", async () => {
      const batch = newBatch(6, NOW);
      const runs = newRuns(batch, 6);
      await store().create(batch, runs.slice(0, 4));
      await store().create(batch, runs.slice(2));
      expect(await listIds({ batchId: batch.id })).toEqual(runs.map(({ record: { id } }) => id));
      expect((await store().countByStatus(batch.id)).queued).toBe(6);
    });

    it("stores the output together with the change, to the letter", async () => {
      const { id } = await seedOne();
      const output = JSON.stringify({ b: "\u0000\udfff", a: [1, null], text: "漢" });
      await store().update(id, (run) => ({ ...run, status: "completed" }), output);
      expect(await store().readOutput(id)).toBe(output);
    });

    it("stores no output with a change that is not made", async () => {
      const { id } = await seedOne();
      const answer = await store().update(id, () => null, "{}");
      expect(answer).toMatchObject({ changed: false, run: { id, status: "queued" } });
      expect(await store().readOutput(id)).toBeUndefined();
    });

    it("loses no change when twenty update one run at the same time", async () => {
      const { id } = await seedOne();
      const addRequest = () => store().update(id, (run) => ({ ...run, requests: run.requests + 1 }));
      const answers = await Promise.all(Array.from({ length: 20 }, addRequest));
      expect(answers.every((answer) => answer?.changed)).toBe(true);
      expect((await store().get(id))?.requests).toBe(20);
    });

    it("lets the first end win, with its output, and counts it once", async () => {
      const { batch, id } = await seedOne();
      const end = (output: string) =>
        store().update(
          id,
          (run) => (run.status === "queued" ? { ...run, status: "completed" } : null),
          output,
        );
      const answers = await Promise.all(["1", "2", "3", "4", "5"].map(end));
      const winners = answers.flatMap((answer, index) => (answer?.changed ? [String(index + 1)] : []));
      expect(winners).toHaveLength(1);
      expect(await store().readOutput(id)).toBe(winners[0]);
      expect(await store().countByStatus(batch.id)).toEqual({ ...noCounts(), completed: 1 });
    });

    it("keeps exact counts while runs change in parallel", async () => {
      const { batch, ids } = await seed(40);
      const statuses = ["running", "parked", "failed", "completed"] as const;
      const setStatus = (id: string, index: number) =>
        store().update(id, (run) => ({ ...run, status: statuses[index % 4] ?? "queued" }));
      await Promise.all(ids.map(setStatus));
      await Promise.all(ids.slice(0, 20).map((id) => store().update(id, (run) => ({ ...run, requests: 1 }))));
      const expected = { ...noCounts(), running: 10, parked: 10, failed: 10, completed: 10 };
      expect(await store().countByStatus(batch.id)).toEqual(expected);
    });

    it("lists the newest batch first and its runs in their order", async () => {
      const older = await seed(3, NOW + 1_000);
      const newer = await seed(3, NOW + 2_000);
      const mine = new Set([...older.ids, ...newer.ids]);
      const listed = (await listIds({})).filter((id) => mine.has(id));
      expect(listed).toEqual([...newer.ids, ...older.ids]);
    });

    it("lists only what the filter lets through, up to its limit", async () => {
      const { batch, ids } = await seed(6);
      for (const id of ids.slice(0, 4)) {
        await store().update(id, (run) => ({ ...run, status: "failed" }));
      }
      const inBatch = { batchId: batch.id };
      expect(await listIds({ ...inBatch, status: ["failed"] })).toEqual(ids.slice(0, 4));
      expect(await listIds({ ...inBatch, status: ["failed", "queued"] })).toEqual(ids);
      expect(await listIds({ ...inBatch, status: ["failed"], limit: 2 })).toEqual(ids.slice(0, 2));
      expect(await listIds({ ...inBatch, status: ["cancelled"] })).toEqual([]);
      expect(await listIds({ ...inBatch, limit: 0 })).toEqual([]);
    });

    it("lists only those that are of interest, however many pages there are", async () => {
      const { batch, ids } = await seed(1_200);
      const wanted = new Set([ids[0], ids[600], ids[1_199]]);
      const asked: string[] = [];
      const among = async (runIds: readonly string[]) => {
        asked.push(...runIds);
        return runIds.filter((id) => wanted.has(id));
      };
      expect(await listIds({ batchId: batch.id, among })).toEqual([...wanted]);
      expect(asked).toEqual(ids);
    });

    it("opens a run with its input, of which an update knows whether it still stands", async () => {
      const { id } = await seedOne();
      const opened = await store().open(id);
      expect(opened?.run).toEqual(await store().get(id));
      expect(await opened?.readInput()).toBe(await store().readInput(id));
      const begun: unknown[] = [];
      const rename = (run: RunRecord) => {
        begun.push(run.document.name);
        return { ...run, document: { ...run.document, name: `${run.document.name}!` } };
      };
      const [first, second] = await Promise.all([
        store().update(id, rename, undefined, opened?.run),
        store().update(id, rename, undefined, opened?.run),
      ]);
      expect([first?.changed, second?.changed]).toEqual([true, true]);
      expect((await store().get(id))?.document.name).toBe(`${opened?.run.document.name}!!`);
      expect(begun).toHaveLength(3);
      expect(await store().open(randomId(12))).toBeUndefined();
    });

    it("lists batches newest first, up to a limit", async () => {
      const base = NOW + 10 * 86_400_000;
      const batches = [await seed(1, base), await seed(1, base + 1), await seed(1, base + 2)];
      const newestFirst = batches.map(({ batch }) => batch).reverse();
      expect(await store().listBatches(3)).toEqual(newestFirst);
      expect(await store().listBatches(1)).toEqual(newestFirst.slice(0, 1));
    });

    it("finds ids by their beginning, and takes no character for a pattern", async () => {
      const { batch, ids } = await seed(3);
      const first = String(ids[0]);
      expect(await store().findIds(first.slice(0, 9), 10)).toEqual({ runs: [first], batches: [] });
      expect((await store().findIds(batch.id, 10)).batches).toEqual([batch.id]);
      expect(await store().findIds(`${first.slice(0, 3)}%`, 10)).toEqual({ runs: [], batches: [] });
      expect(await store().findIds(`${first.slice(0, 3)}\u0000`, 10)).toEqual({ runs: [], batches: [] });
      expect((await store().findIds("", 2)).runs).toHaveLength(2);
    });

    it("corrects the size of a batch, and makes none", async () => {
      const { batch } = await seed(2);
      await store().setTotal(batch.id, 1);
      expect(await store().getBatch(batch.id)).toEqual({ ...batch, total: 1 });
      const id = randomId(10);
      await store().setTotal(id, 1);
      expect(await store().getBatch(id)).toBeUndefined();
    });

    it("notes what a batch was planned to take, beside its size", async () => {
      const { batch } = await seed(2);
      await store().setPlannedRequests(batch.id, 7);
      await store().setTotal(batch.id, 1);
      expect(await store().getBatch(batch.id)).toEqual({ ...batch, total: 1, plannedRequests: 7 });
    });

    it("stores and lists two thousand runs", async () => {
      const { batch, ids } = await seed(2_000);
      expect((await store().countByStatus(batch.id)).queued).toBe(2_000);
      expect(await listIds({ batchId: batch.id })).toEqual(ids);
    });
  });

  runIdentityTestsuite(name, store);
  runRemovalTestsuite(name, backend);
}

function newBatch(total: number, createdAt: number): BatchRecord {
  return { id: randomId(10), pipeline: "invoices", version: 1, createdAt, total };
}

function newRuns(batch: BatchRecord, count: number): NewRun[] {
  return Array.from({ length: count }, (_, index) => ({
    record: {
      id: randomId(12),
      batchId: batch.id,
      pipeline: batch.pipeline,
      version: batch.version,
      fingerprint: "f".repeat(64),
      document: { id: null, name: `${index}.pdf` },
      fresh: false,
      priority: "normal",
      inputKey: null,
      ...queuedState(batch.createdAt),
    },
    input: JSON.stringify({ text: `document ${index}` }),
  }));
}

function record(run: NewRun | undefined): RunRecord {
  if (run === undefined) throw new Error("no run was made");
  return run.record;
}
