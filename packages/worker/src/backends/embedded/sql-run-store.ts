import { seal } from "@sluice/core";
import { z } from "zod";
import { type RecordSwap, RecordUpdater } from "../../backend/record-updater.ts";
import {
  type BatchRecord,
  noCounts,
  parseBatchRecord,
  parseRunRecord,
  type RunRecord,
  type StatusCounts,
} from "../../backend/run-record.ts";
import {
  type ExportedRun,
  type NewRun,
  type OpenedRun,
  type RemovalTerms,
  type RunFilter,
  type RunPart,
  type RunStore,
  type StoredRun,
  storedRunSchema,
} from "../../backend/run-store.ts";
import { openStored, sealInputs } from "../../backend/stored-text.ts";
import { Gathered } from "./gathered.ts";
import { markExportedSql } from "./removal-statements.ts";
import {
  createRunsSql,
  findIdsSql,
  listBatchesSql,
  listBatchIdsSql,
  membersAmongSql,
  openRunsSql,
  pageOfOwnRunsSql,
  pageOfRunsSql,
  updateRunsSql,
} from "./run-statements.ts";
import type { SqlDatabase } from "./sql-database.ts";
import { ConnectionLostError } from "./sql-host.ts";
import { removeParts, removeRuns } from "./sql-removal.ts";

/** Records read at a time. */
const PAGE = 200;

const idSchema = z.object({ id: z.string() });
const recordSchema = z.object({ record: z.string() });
const placedSchema = z.object({ record: z.string(), place: z.coerce.number() });
const inputSchema = z.object({ input: z.string().nullable() });
const openedSchema = recordSchema.extend({ ...idSchema.shape, ...inputSchema.shape });
const numberSchema = z.object({ number: z.coerce.number() });
const outputSchema = z.object({ output: z.string().nullable() });
const exportedSchema = z.object({ run_id: z.string(), finished_at: z.coerce.number() });
const heldSchema = z.object({ key: z.string(), run_id: z.string() });
const countSchema = z.object({ status: z.string(), number: z.coerce.number() });

/** A record with the input beside it. */
type Opened = z.infer<typeof openedSchema>;

/** A record that is to be replaced, and the sealed output that is to be stored with it; empty for none. */
interface Swap extends RecordSwap {
  output: string;
}

const sizeOf = ({ text, nextText, output }: Swap) => text.length + nextText.length + output.length;

/** Inputs are read together only when they are few: nobody knows how large they are. */
const ASSUMED_INPUT = 50_000;

/** Runs and batches in tables; see `migrations.ts`. */
export class SqlRunStore implements RunStore {
  readonly #database: SqlDatabase;
  readonly #updater = new RecordUpdater();
  readonly #openings: Gathered<string, Opened | undefined>;
  readonly #swaps: Gathered<Swap, boolean>;

  constructor(database: SqlDatabase) {
    this.#database = database;
    this.#openings = new Gathered({ doAll: (ids) => this.#openAll(ids), sizeOf: () => ASSUMED_INPUT });
    this.#swaps = new Gathered({ doAll: (swaps) => this.#swapAll(swaps), sizeOf });
  }

  async create(batch: BatchRecord, runs: readonly NewRun[]): Promise<StoredRun[]> {
    return this.#database.rows(storedRunSchema, createRunsSql, [
      batch.id,
      JSON.stringify(batch),
      batch.createdAt,
      runs.map(({ record }) => record.id),
      runs.map(({ record }) => record.status),
      runs.map(({ record }) => JSON.stringify(record)),
      await sealInputs(runs),
      runs.map(({ record }) => record.inputKey ?? ""),
      runs.map(({ record }) => record.fresh),
    ]);
  }

  async findByInputKeys(inputKeys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const sql = "SELECT key, run_id FROM sluice.input_keys WHERE key = ANY ($1::text[])";
    const held = await this.#database.rows(heldSchema, sql, [inputKeys]);
    return new Map(held.map(({ key, run_id }) => [key, run_id]));
  }

  setTotal(batchId: string, total: number): Promise<void> {
    return this.#amendBatch(batchId, { total });
  }

  setPlannedRequests(batchId: string, plannedRequests: number): Promise<void> {
    return this.#amendBatch(batchId, { plannedRequests });
  }

  async #amendBatch(batchId: string, change: Partial<BatchRecord>): Promise<void> {
    const batch = await this.getBatch(batchId);
    const sql = "UPDATE sluice.batches SET record = $2 WHERE id = $1";
    if (batch) await this.#database.run(sql, [batchId, JSON.stringify({ ...batch, ...change })]);
  }

  async get(runId: string): Promise<RunRecord | undefined> {
    const text = await this.#readRecord(runId);
    return text === undefined ? undefined : parseRunRecord(text);
  }

  async open(runId: string): Promise<OpenedRun | undefined> {
    const row = await this.#openings.do(runId);
    if (!row) return undefined;
    const run = this.#updater.parse(row.record);
    return { run, readInput: () => openStored(row.input ?? undefined, { runId, part: "input" }) };
  }

  async getMany(runIds: readonly string[]): Promise<RunRecord[]> {
    const sql = "SELECT record FROM sluice.runs WHERE id = ANY ($1::text[])";
    const rows = await this.#database.rows(recordSchema, sql, [runIds]);
    return rows.map((row) => parseRunRecord(row.record));
  }

  async update(
    runId: string,
    change: (run: RunRecord) => RunRecord | null,
    outputText?: string,
    seen?: RunRecord,
  ): Promise<{ run: RunRecord; changed: boolean } | undefined> {
    const output = outputText === undefined ? "" : await seal(outputText);
    const access = {
      read: (id: string) => this.#readRecord(id),
      swap: (swap: RecordSwap) => this.#swap(swap, output),
    };
    return this.#updater.update(runId, { change, seen, access });
  }

  async readInput(runId: string): Promise<string | undefined> {
    const sql = "SELECT input FROM sluice.runs WHERE id = $1";
    const [row] = await this.#database.rows(inputSchema, sql, [runId]);
    return openStored(row?.input ?? undefined, { runId, part: "input" });
  }

  async readOutput(runId: string): Promise<string | undefined> {
    const sql = "SELECT output FROM sluice.runs WHERE id = $1";
    const [row] = await this.#database.rows(outputSchema, sql, [runId]);
    return openStored(row?.output ?? undefined, { runId, part: "output" });
  }

  async *list(filter: RunFilter = {}): AsyncIterable<RunRecord> {
    let left = filter.limit ?? Number.POSITIVE_INFINITY;
    const status = filter.status === undefined ? null : [...filter.status];
    const [pageSql, batchIds] =
      filter.batchId === undefined
        ? [pageOfOwnRunsSql, await this.#batchIdsWith(status)]
        : [pageOfRunsSql, [filter.batchId]];
    for (const batchId of batchIds) {
      if (left <= 0) return;
      for await (const run of this.#runsOf(batchId, { pageSql, status, among: filter.among })) {
        yield run;
        left -= 1;
        if (left <= 0) return;
      }
    }
  }

  async remove(runIds: readonly string[], terms: RemovalTerms): Promise<string[]> {
    return removeRuns(this.#database, runIds, terms);
  }

  async removeParts(
    runIds: readonly string[],
    parts: readonly RunPart[],
    terms: RemovalTerms,
  ): Promise<string[]> {
    return removeParts(this.#database, runIds, parts, terms);
  }

  async markExported(runs: readonly ExportedRun[]): Promise<void> {
    const ends = runs.map(({ finishedAt }) => finishedAt);
    await this.#database.run(markExportedSql, [runs.map(({ id }) => id), ends]);
  }

  async findExported(runIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const sql = "SELECT run_id, finished_at FROM sluice.exported WHERE run_id = ANY ($1::text[])";
    const marks = await this.#database.rows(exportedSchema, sql, [runIds]);
    return new Map(marks.map(({ run_id, finished_at }) => [run_id, finished_at]));
  }

  async getBatch(batchId: string): Promise<BatchRecord | undefined> {
    const sql = "SELECT record FROM sluice.batches WHERE id = $1";
    const [row] = await this.#database.rows(recordSchema, sql, [batchId]);
    return row === undefined ? undefined : parseBatchRecord(row.record);
  }

  async listBatches(limit: number): Promise<BatchRecord[]> {
    const rows = await this.#database.rows(recordSchema, listBatchesSql, [limit]);
    return rows.map((row) => parseBatchRecord(row.record));
  }

  async countByStatus(batchId: string): Promise<StatusCounts> {
    const sql = "SELECT status, number FROM sluice.counts WHERE batch_id = $1";
    const rows = await this.#database.rows(countSchema, sql, [batchId]);
    return { ...noCounts(), ...Object.fromEntries(rows.map((row) => [row.status, row.number])) };
  }

  async membersAmong(batchId: string, runIds: readonly string[]): Promise<string[]> {
    const rows = await this.#database.rows(idSchema, membersAmongSql, [batchId, runIds]);
    return rows.map((row) => row.id);
  }

  async findIds(prefix: string, limit: number): Promise<{ runs: string[]; batches: string[] }> {
    // PostgreSQL refuses NUL in any text, and no id has it.
    if (prefix.includes("\0")) return { runs: [], batches: [] };
    const search = async (table: "runs" | "batches") => {
      const rows = await this.#database.rows(idSchema, findIdsSql[table], [prefix, limit]);
      return rows.map((row) => row.id);
    };
    return { runs: await search("runs"), batches: await search("batches") };
  }

  /** When the answer is lost with the owner of the store, the record itself tells whether it was replaced. */
  async #swap(swap: RecordSwap, output: string): Promise<boolean> {
    const { run, text, nextText } = swap;
    return this.#database.guard(async () => {
      try {
        return await this.#swaps.do({ ...swap, output });
      } catch (error) {
        if (!(error instanceof ConnectionLostError && error.wasSent)) throw error;
        const present = await this.#readRecord(run.id);
        if (present === nextText) return true;
        if (present === text) return false;
        throw error;
      }
    });
  }

  async #swapAll(swaps: readonly Swap[]): Promise<boolean[]> {
    const params = [
      swaps.map(({ run }) => run.id),
      swaps.map(({ text }) => text),
      swaps.map(({ nextText }) => nextText),
      swaps.map(({ run }) => run.status),
      swaps.map(({ next }) => next.status),
      swaps.map(({ output }) => output),
    ];
    const rows = await this.#database.rowsOnce(numberSchema, updateRunsSql, params);
    const made = new Set(rows.map(({ number }) => number));
    return swaps.map((_, index) => made.has(index + 1));
  }

  async #openAll(runIds: readonly string[]): Promise<(Opened | undefined)[]> {
    const rows = await this.#database.rows(openedSchema, openRunsSql, [runIds]);
    const byId = new Map(rows.map((row) => [row.id, row]));
    return runIds.map((id) => byId.get(id));
  }

  async *#runsOf(
    batchId: string,
    { pageSql, status, among }: { pageSql: string; status: string[] | null; among: RunFilter["among"] },
  ): AsyncIterable<RunRecord> {
    let after = 0;
    for (;;) {
      const rows = await this.#database.rows(placedSchema, pageSql, [batchId, after, status, PAGE]);
      const runs = rows.map((row) => parseRunRecord(row.record));
      const wanted = among && runs.length > 0 ? new Set(await among(runs.map(({ id }) => id))) : undefined;
      for (const run of runs) if (wanted?.has(run.id) ?? true) yield run;
      if (rows.length < PAGE) return;
      after = rows.at(-1)?.place ?? after;
    }
  }

  async #batchIdsWith(status: string[] | null): Promise<string[]> {
    return (await this.#database.rows(idSchema, listBatchIdsSql, [status])).map((row) => row.id);
  }

  async #readRecord(runId: string): Promise<string | undefined> {
    const sql = "SELECT record FROM sluice.runs WHERE id = $1";
    return (await this.#database.rows(recordSchema, sql, [runId]))[0]?.record;
  }
}
