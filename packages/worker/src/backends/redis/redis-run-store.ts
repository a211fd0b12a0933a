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
import type { RedisConnection } from "./redis-connection.ts";
import type { RedisKeys } from "./redis-keys.ts";
import { RedisScript } from "./redis-script.ts";
import { createRunsLua } from "./scripts/create-runs.ts";
import { updateRunLua } from "./scripts/update-run.ts";

/** Records read at a time. */
const PAGE = 500;
/** More lost races than this on one run mean that the store does not compare and set. */
const MAX_RACES = 1_000;

const createScript = new RedisScript(createRunsLua);
const updateScript = new RedisScript(updateRunLua);
const wordsSchema = z.array(z.string());
const countsSchema = z.record(z.string(), z.coerce.number());

/** Runs and batches on plain keys of Redis; see {@link RedisKeys}. */
export class RedisRunStore implements RunStore {
  readonly #connection: RedisConnection;
  readonly #keys: RedisKeys;

  constructor(connection: RedisConnection, keys: RedisKeys) {
    this.#connection = connection;
    this.#keys = keys;
  }

  async create(batch: BatchRecord, runs: readonly NewRun[]): Promise<StoredRun[]> {
    const { root, batches, runIds, batchIds, inputKeys } = this.#keys;
    const own = [
      this.#keys.batch(batch.id),
      this.#keys.batchRuns(batch.id),
      this.#keys.batchCounts(batch.id),
    ];
    const args = [batch.id, JSON.stringify(batch), batch.createdAt, root];
    for (const { record, input } of runs) {
      const { id, status, inputKey, fresh } = record;
      args.push(id, status, JSON.stringify(record), input ?? "", inputKey ?? "", fresh ? "1" : "");
    }
    const keys = [...own, batches, runIds, batchIds, inputKeys];
    const answer = await this.#connection.run((redis) => createScript.run(redis, keys, args));
    const words = wordsSchema.parse(answer);
    return runs.map((_, index) => {
      const [id, how, status] = words.slice(index * 3, index * 3 + 3);
      return storedRunSchema.parse({ id, how, status });
    });
  }

  async setTotal(batchId: string, total: number): Promise<void> {
    const batch = await this.getBatch(batchId);
    if (!batch) return;
    const text = JSON.stringify({ ...batch, total });
    await this.#connection.run((redis) => redis.set(this.#keys.batch(batchId), text, "XX"));
  }

  async get(runId: string): Promise<RunRecord | undefined> {
    const text = await this.#read(this.#keys.run(runId));
    return text === undefined ? undefined : parseRun(text);
  }

  async getMany(runIds: readonly string[]): Promise<RunRecord[]> {
    return (await this.#readMany(runIds.map((id) => this.#keys.run(id)))).map(parseRun);
  }

  async update(
    runId: string,
    change: (run: RunRecord) => RunRecord | null,
    output?: string,
  ): Promise<{ run: RunRecord; changed: boolean } | undefined> {
    for (let race = 0; race < MAX_RACES; race++) {
      const text = await this.#read(this.#keys.run(runId));
      if (text === undefined) return undefined;
      const run = parseRun(text);
      const next = change(run);
      if (next === null) return { run, changed: false };
      if (await this.#swap({ text, run, next, output })) return { run: next, changed: true };
    }
    throw new SluiceError("INTERNAL", {
      message: `Run ${runId} changed ${MAX_RACES} times while it was to be updated; it stays as it is.`,
      facts: { runId },
    });
  }

  /** Replaces the record that was read as `text`; false when somebody was faster. */
  async #swap(change: { text: string; run: RunRecord; next: RunRecord; output?: string | undefined }) {
    const { text, run, next, output = "" } = change;
    const { id, batchId, inputKey } = run;
    const { root, inputKeys } = this.#keys;
    const own = [
      this.#keys.run(id),
      this.#keys.batchCounts(batchId),
      this.#keys.output(id),
      this.#keys.joined(id),
    ];
    const args = [text, JSON.stringify(next), run.status, next.status, output, root, id, inputKey ?? ""];
    const keys = [...own, inputKeys];
    return (await this.#connection.run((redis) => updateScript.run(redis, keys, args))) === 1;
  }

  readInput(runId: string): Promise<string | undefined> {
    return this.#read(this.#keys.input(runId));
  }

  readOutput(runId: string): Promise<string | undefined> {
    return this.#read(this.#keys.output(runId));
  }

  async *list(filter: RunFilter = {}): AsyncIterable<RunRecord> {
    let left = filter.limit ?? Number.POSITIVE_INFINITY;
    const batchIds = filter.batchId === undefined ? await this.#allBatchIds() : [filter.batchId];
    for (const batchId of batchIds) {
      if (left <= 0) return;
      if (!(await this.#mayMatch(batchId, filter))) continue;
      for await (const run of this.#runsOf(batchId)) {
        // A run that joined the batch is listed where it was new.
        if (filter.batchId === undefined && run.batchId !== batchId) continue;
        if (filter.status !== undefined && !filter.status.includes(run.status)) continue;
        yield run;
        left -= 1;
        if (left <= 0) return;
      }
    }
  }

  async getBatch(batchId: string): Promise<BatchRecord | undefined> {
    const text = await this.#read(this.#keys.batch(batchId));
    return text === undefined ? undefined : parseBatch(text);
  }

  async listBatches(limit: number): Promise<BatchRecord[]> {
    if (limit <= 0) return [];
    const ids = await this.#connection.run((redis) => redis.zrevrange(this.#keys.batches, 0, limit - 1));
    return (await this.#readMany(ids.map((id) => this.#keys.batch(id)))).map(parseBatch);
  }

  async countByStatus(batchId: string): Promise<StatusCounts> {
    const stored = await this.#connection.run((redis) => redis.hgetall(this.#keys.batchCounts(batchId)));
    return { ...noCounts(), ...countsSchema.parse(stored) };
  }

  async findIds(prefix: string, limit: number): Promise<{ runs: string[]; batches: string[] }> {
    const search = (key: string) =>
      this.#connection.run((redis) =>
        redis.zrangebylex(key, `[${prefix}`, `(${prefix}\u{10ffff}`, "LIMIT", 0, limit),
      );
    const [runs, batches] = await Promise.all([search(this.#keys.runIds), search(this.#keys.batchIds)]);
    return { runs, batches };
  }

  async *#runsOf(batchId: string): AsyncIterable<RunRecord> {
    const key = this.#keys.batchRuns(batchId);
    // Runs are only ever added at the end, so that places do not move while they are read.
    for (let start = 0; ; start += PAGE) {
      const ids = await this.#connection.run((redis) => redis.zrange(key, start, `${start + PAGE - 1}`));
      for (const text of await this.#readMany(ids.map((id) => this.#keys.run(id)))) yield parseRun(text);
      if (ids.length < PAGE) return;
    }
  }

  /** The counts tell without reading a record whether a batch has any run of the wanted states. */
  async #mayMatch(batchId: string, { status }: RunFilter): Promise<boolean> {
    if (status === undefined) return true;
    const counts = await this.countByStatus(batchId);
    return status.some((wanted) => counts[wanted] > 0);
  }

  #allBatchIds(): Promise<string[]> {
    return this.#connection.run((redis) => redis.zrevrange(this.#keys.batches, 0, -1));
  }

  async #read(key: string): Promise<string | undefined> {
    return (await this.#connection.run((redis) => redis.get(key))) ?? undefined;
  }

  async #readMany(keys: string[]): Promise<string[]> {
    if (keys.length === 0) return [];
    const texts = await this.#connection.run((redis) => redis.mget(keys));
    return texts.filter((text) => text !== null);
  }
}

function parseRun(text: string): RunRecord {
  return runRecordSchema.parse(parseJson(text));
}

function parseBatch(text: string): BatchRecord {
  return batchRecordSchema.parse(parseJson(text));
}
