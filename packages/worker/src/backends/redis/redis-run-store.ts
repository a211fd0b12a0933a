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
import type { RedisConnection } from "./redis-connection.ts";
import type { RedisKeys } from "./redis-keys.ts";
import { RedisRemoval } from "./redis-removal.ts";
import { refuseNewerAnswer, SCHEMA_NUMBER } from "./redis-schema.ts";
import { RedisScript } from "./redis-script.ts";
import { createRunsLua } from "./scripts/create-runs.ts";
import { updateRunLua } from "./scripts/update-run.ts";

/** Records read at a time. */
const PAGE = 500;

const createScript = new RedisScript(createRunsLua);
const updateScript = new RedisScript(updateRunLua);
const wordsSchema = z.array(z.string());
const countsSchema = z.record(z.string(), z.coerce.number());

/** Runs and batches on plain keys of Redis; see {@link RedisKeys}. */
export class RedisRunStore implements RunStore {
  readonly #connection: RedisConnection;
  readonly #keys: RedisKeys;
  readonly #updater = new RecordUpdater();
  readonly #removal: RedisRemoval;

  constructor(connection: RedisConnection, keys: RedisKeys) {
    this.#connection = connection;
    this.#keys = keys;
    this.#removal = new RedisRemoval(connection, keys);
  }

  async create(batch: BatchRecord, runs: readonly NewRun[]): Promise<StoredRun[]> {
    const { root, batches, runIds, batchIds, inputKeys } = this.#keys;
    const own = [
      this.#keys.batch(batch.id),
      this.#keys.batchRuns(batch.id),
      this.#keys.batchCounts(batch.id),
    ];
    const args = [batch.id, JSON.stringify(batch), batch.createdAt, root, SCHEMA_NUMBER];
    const inputs = await sealInputs(runs);
    for (const [index, { record }] of runs.entries()) {
      const { id, status, inputKey, fresh } = record;
      const input = inputs[index] ?? "";
      args.push(id, status, JSON.stringify(record), input, inputKey ?? "", fresh ? "1" : "");
    }
    const keys = [...own, batches, runIds, batchIds, inputKeys, this.#keys.schema];
    const words = wordsSchema.parse(await this.#runScript(createScript, keys, args));
    return runs.map((_, index) => {
      const [id, how, status] = words.slice(index * 3, index * 3 + 3);
      return storedRunSchema.parse({ id, how, status });
    });
  }

  async findByInputKeys(inputKeys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (inputKeys.length === 0) return new Map();
    const held = await this.#connection.run((redis) => redis.hmget(this.#keys.inputKeys, ...inputKeys));
    return new Map(
      inputKeys.flatMap((key, index) => {
        const [, runId] = held[index]?.split(" ") ?? [];
        return runId === undefined ? [] : [[key, runId] as const];
      }),
    );
  }

  setTotal(batchId: string, total: number): Promise<void> {
    return this.#amendBatch(batchId, { total });
  }

  setPlannedRequests(batchId: string, plannedRequests: number): Promise<void> {
    return this.#amendBatch(batchId, { plannedRequests });
  }

  async #amendBatch(batchId: string, change: Partial<BatchRecord>): Promise<void> {
    const batch = await this.getBatch(batchId);
    if (!batch) return;
    const text = JSON.stringify({ ...batch, ...change });
    await this.#connection.run((redis) => redis.set(this.#keys.batch(batchId), text, "XX"));
  }

  async get(runId: string): Promise<RunRecord | undefined> {
    const text = await this.#read(this.#keys.run(runId));
    return text === undefined ? undefined : parseRunRecord(text);
  }

  async open(runId: string): Promise<OpenedRun | undefined> {
    const keys = [this.#keys.run(runId), this.#keys.input(runId)];
    const [text, input] = await this.#connection.run((redis) => redis.mget(keys));
    if (typeof text !== "string") return undefined;
    const run = this.#updater.parse(text);
    return { run, readInput: () => openStored(input ?? undefined, { runId, part: "input" }) };
  }

  async getMany(runIds: readonly string[]): Promise<RunRecord[]> {
    return (await this.#readMany(runIds.map((id) => this.#keys.run(id)))).map(parseRunRecord);
  }

  update(
    runId: string,
    change: (run: RunRecord) => RunRecord | null,
    output?: string,
    seen?: RunRecord,
  ): Promise<{ run: RunRecord; changed: boolean } | undefined> {
    const access = {
      read: (id: string) => this.#read(this.#keys.run(id)),
      swap: (swap: RecordSwap) => this.#swap(swap, output),
    };
    return this.#updater.update(runId, { change, seen, access });
  }

  /** Replaces the record that was read as `text`; false when somebody was faster. */
  async #swap({ text, run, next, nextText }: RecordSwap, outputText?: string): Promise<boolean> {
    const output = outputText === undefined ? "" : await seal(outputText);
    const { id, batchId, inputKey } = run;
    const { root, inputKeys } = this.#keys;
    const own = [
      this.#keys.run(id),
      this.#keys.batchCounts(batchId),
      this.#keys.output(id),
      this.#keys.joined(id),
    ];
    const args = [text, nextText, run.status, next.status, output, root, id, inputKey ?? "", SCHEMA_NUMBER];
    const keys = [...own, inputKeys, this.#keys.schema];
    return (await this.#runScript(updateScript, keys, args)) === 1;
  }

  async readInput(runId: string): Promise<string | undefined> {
    return openStored(await this.#read(this.#keys.input(runId)), { runId, part: "input" });
  }

  async readOutput(runId: string): Promise<string | undefined> {
    return openStored(await this.#read(this.#keys.output(runId)), { runId, part: "output" });
  }

  async *list(filter: RunFilter = {}): AsyncIterable<RunRecord> {
    let left = filter.limit ?? Number.POSITIVE_INFINITY;
    const batchIds = filter.batchId === undefined ? await this.#allBatchIds() : [filter.batchId];
    for (const batchId of batchIds) {
      if (left <= 0) return;
      if (!(await this.#mayMatch(batchId, filter))) continue;
      for await (const run of this.#runsOf(batchId, filter)) {
        // A run that joined the batch is listed where it was new.
        if (filter.batchId === undefined && run.batchId !== batchId) continue;
        if (filter.status !== undefined && !filter.status.includes(run.status)) continue;
        yield run;
        left -= 1;
        if (left <= 0) return;
      }
    }
  }

  async remove(runIds: readonly string[], terms: RemovalTerms): Promise<string[]> {
    return this.#removal.remove(runIds, terms);
  }

  async removeParts(
    runIds: readonly string[],
    parts: readonly RunPart[],
    terms: RemovalTerms,
  ): Promise<string[]> {
    return this.#removal.removeParts(runIds, parts, terms);
  }

  async markExported(runs: readonly ExportedRun[]): Promise<void> {
    if (runs.length === 0) return;
    const marks = runs.flatMap(({ id, finishedAt }) => [id, finishedAt]);
    await this.#connection.run((redis) => redis.hset(this.#keys.exported, ...marks));
  }

  async findExported(runIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    if (runIds.length === 0) return new Map();
    const marks = await this.#connection.run((redis) => redis.hmget(this.#keys.exported, ...runIds));
    return new Map(
      runIds.flatMap((id, index) => {
        const mark = marks[index] ?? null;
        return mark === null ? [] : [[id, Number(mark)] as const];
      }),
    );
  }

  async getBatch(batchId: string): Promise<BatchRecord | undefined> {
    const text = await this.#read(this.#keys.batch(batchId));
    return text === undefined ? undefined : parseBatchRecord(text);
  }

  async listBatches(limit: number): Promise<BatchRecord[]> {
    if (limit <= 0) return [];
    const ids = await this.#connection.run((redis) => redis.zrevrange(this.#keys.batches, 0, limit - 1));
    return (await this.#readMany(ids.map((id) => this.#keys.batch(id)))).map(parseBatchRecord);
  }

  async countByStatus(batchId: string): Promise<StatusCounts> {
    const stored = await this.#connection.run((redis) => redis.hgetall(this.#keys.batchCounts(batchId)));
    return { ...noCounts(), ...countsSchema.parse(stored) };
  }

  async membersAmong(batchId: string, runIds: readonly string[]): Promise<string[]> {
    if (runIds.length === 0) return [];
    const places = await this.#connection.run((redis) =>
      redis.zmscore(this.#keys.batchRuns(batchId), ...runIds),
    );
    return runIds.filter((_, index) => typeof places[index] === "string");
  }

  async findIds(prefix: string, limit: number): Promise<{ runs: string[]; batches: string[] }> {
    const search = (key: string) =>
      this.#connection.run((redis) =>
        redis.zrangebylex(key, `[${prefix}`, `(${prefix}\u{10ffff}`, "LIMIT", 0, limit),
      );
    const [runs, batches] = await Promise.all([search(this.#keys.runIds), search(this.#keys.batchIds)]);
    return { runs, batches };
  }

  async *#runsOf(batchId: string, { among }: RunFilter): AsyncIterable<RunRecord> {
    const key = this.#keys.batchRuns(batchId);
    let after = "-inf";
    for (;;) {
      const placed = await this.#connection.run((redis) =>
        redis.zrangebyscore(key, after, "+inf", "WITHSCORES", "LIMIT", 0, PAGE),
      );
      const ids = placed.filter((_, index) => index % 2 === 0);
      const wanted = among && ids.length > 0 ? await among(ids) : ids;
      for (const text of await this.#readMany(wanted.map((id) => this.#keys.run(id))))
        yield parseRunRecord(text);
      if (ids.length < PAGE) return;
      // Places are never given twice, so that runs that are removed meanwhile move no other.
      after = `(${placed.at(-1)}`;
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

  async #runScript(script: RedisScript, keys: string[], args: (string | number)[]): Promise<unknown> {
    const answer = await this.#connection.run((redis) => script.run(redis, keys, args));
    return refuseNewerAnswer(answer, this.#connection, this.#keys);
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
