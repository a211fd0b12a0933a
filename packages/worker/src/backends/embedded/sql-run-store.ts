import { parseJson, SluiceError } from "@sluice/core";
import { z } from "zod";
import {
  type BatchRecord,
  batchRecordSchema,
  noCounts,
  type RunRecord,
  runRecordSchema,
  type StatusCounts,
} from "../../backend/run-record.ts";
import {
  type NewRun,
  type RunFilter,
  type RunStore,
  type StoredRun,
  storedRunSchema,
} from "../../backend/run-store.ts";
import {
  createRunsSql,
  findIdsSql,
  listBatchesSql,
  listBatchIdsSql,
  pageOfOwnRunsSql,
  pageOfRunsSql,
  updateRunSql,
} from "./run-statements.ts";
import type { SqlDatabase } from "./sql-database.ts";
import { ConnectionLostError } from "./sql-host.ts";

/** Records read at a time. */
const PAGE = 200;
/** More lost races than this on one run mean that the store does not compare and set. */
const MAX_RACES = 1_000;

const idSchema = z.object({ id: z.string() });
const recordSchema = z.object({ record: z.string() });
const placedSchema = z.object({ record: z.string(), place: z.coerce.number() });
const inputSchema = z.object({ input: z.string().nullable() });
const outputSchema = z.object({ output: z.string().nullable() });
const countSchema = z.object({ status: z.string(), number: z.coerce.number() });

/** Runs and batches in tables; see `migrations.ts`. */
export class SqlRunStore implements RunStore {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  async create(batch: BatchRecord, runs: readonly NewRun[]): Promise<StoredRun[]> {
    return this.#database.rows(storedRunSchema, createRunsSql, [
      batch.id,
      JSON.stringify(batch),
      batch.createdAt,
      runs.map(({ record }) => record.id),
      runs.map(({ record }) => record.status),
      runs.map(({ record }) => JSON.stringify(record)),
      runs.map(({ input }) => input ?? ""),
      runs.map(({ record }) => record.inputKey ?? ""),
      runs.map(({ record }) => record.fresh),
    ]);
  }

  async setTotal(batchId: string, total: number): Promise<void> {
    const batch = await this.getBatch(batchId);
    const sql = "UPDATE sluice.batches SET record = $2 WHERE id = $1";
    if (batch) await this.#database.run(sql, [batchId, JSON.stringify({ ...batch, total })]);
  }

  async get(runId: string): Promise<RunRecord | undefined> {
    const text = await this.#readRecord(runId);
    return text === undefined ? undefined : parseRun(text);
  }

  async getMany(runIds: readonly string[]): Promise<RunRecord[]> {
    const sql = "SELECT record FROM sluice.runs WHERE id = ANY ($1::text[])";
    const rows = await this.#database.rows(recordSchema, sql, [runIds]);
    return rows.map((row) => parseRun(row.record));
  }

  async update(
    runId: string,
    change: (run: RunRecord) => RunRecord | null,
    output?: string,
  ): Promise<{ run: RunRecord; changed: boolean } | undefined> {
    for (let race = 0; race < MAX_RACES; race++) {
      const text = await this.#readRecord(runId);
      if (text === undefined) return undefined;
      const run = parseRun(text);
      const next = change(run);
      if (next === null) return { run, changed: false };
      const nextText = JSON.stringify(next);
      const params = [runId, text, nextText, run.status, next.status, output ?? null];
      if (await this.#swap(runId, { params, text, nextText })) return { run: next, changed: true };
    }
    throw new SluiceError("INTERNAL", {
      message: `Run ${runId} changed ${MAX_RACES} times while it was to be updated; it stays as it is.`,
      facts: { runId },
    });
  }

  async readInput(runId: string): Promise<string | undefined> {
    const sql = "SELECT input FROM sluice.runs WHERE id = $1";
    const [row] = await this.#database.rows(inputSchema, sql, [runId]);
    return row?.input ?? undefined;
  }

  async readOutput(runId: string): Promise<string | undefined> {
    const sql = "SELECT output FROM sluice.runs WHERE id = $1";
    const [row] = await this.#database.rows(outputSchema, sql, [runId]);
    return row?.output ?? undefined;
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
      for await (const run of this.#runsOf(batchId, { pageSql, status })) {
        yield run;
        left -= 1;
        if (left <= 0) return;
      }
    }
  }

  async getBatch(batchId: string): Promise<BatchRecord | undefined> {
    const sql = "SELECT record FROM sluice.batches WHERE id = $1";
    const [row] = await this.#database.rows(recordSchema, sql, [batchId]);
    return row === undefined ? undefined : parseBatch(row.record);
  }

  async listBatches(limit: number): Promise<BatchRecord[]> {
    const rows = await this.#database.rows(recordSchema, listBatchesSql, [limit]);
    return rows.map((row) => parseBatch(row.record));
  }

  async countByStatus(batchId: string): Promise<StatusCounts> {
    const sql = "SELECT status, number FROM sluice.counts WHERE batch_id = $1";
    const rows = await this.#database.rows(countSchema, sql, [batchId]);
    return { ...noCounts(), ...Object.fromEntries(rows.map((row) => [row.status, row.number])) };
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
  async #swap(runId: string, swap: { params: unknown[]; text: string; nextText: string }): Promise<boolean> {
    return this.#database.guard(async () => {
      try {
        return (await this.#database.rowsOnce(idSchema, updateRunSql, swap.params)).length === 1;
      } catch (error) {
        if (!(error instanceof ConnectionLostError && error.wasSent)) throw error;
        const present = await this.#readRecord(runId);
        if (present === swap.nextText) return true;
        if (present === swap.text) return false;
        throw error;
      }
    });
  }

  async *#runsOf(
    batchId: string,
    { pageSql, status }: { pageSql: string; status: string[] | null },
  ): AsyncIterable<RunRecord> {
    let after = 0;
    for (;;) {
      const rows = await this.#database.rows(placedSchema, pageSql, [batchId, after, status, PAGE]);
      for (const row of rows) yield parseRun(row.record);
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

function parseRun(text: string): RunRecord {
  return runRecordSchema.parse(parseJson(text));
}

function parseBatch(text: string): BatchRecord {
  return batchRecordSchema.parse(parseJson(text));
}
