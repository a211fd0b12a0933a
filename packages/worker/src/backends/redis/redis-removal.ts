import { z } from "zod";
import { parseRunRecord, type RunRecord } from "../../backend/run-record.ts";
import type { RemovalTerms, RunPart } from "../../backend/run-store.ts";
import type { RedisConnection } from "./redis-connection.ts";
import type { RedisKeys } from "./redis-keys.ts";
import { refuseNewerAnswer, SCHEMA_NUMBER } from "./redis-schema.ts";
import { RedisScript } from "./redis-script.ts";
import { removePartsLua } from "./scripts/remove-parts.ts";
import { removeRunsLua } from "./scripts/remove-runs.ts";

/** Runs that go in one script call: Redis does nothing else meanwhile. */
const CHUNK = 100;

const removeScript = new RedisScript(removeRunsLua);
const removePartsScript = new RedisScript(removePartsLua);
const idsSchema = z.array(z.string());

/** A run that is to go, if its record is still this text. */
interface Wanted {
  run: RunRecord;
  text: string;
}

/** Removes runs, or parts of them, from the keys that {@link RedisKeys} lists. */
export class RedisRemoval {
  readonly #connection: RedisConnection;
  readonly #keys: RedisKeys;

  constructor(connection: RedisConnection, keys: RedisKeys) {
    this.#connection = connection;
    this.#keys = keys;
  }

  remove(runIds: readonly string[], terms: RemovalTerms): Promise<string[]> {
    const { root, batches, runIds: allRuns, batchIds, inputKeys, exported, schema } = this.#keys;
    const keys = [batches, allRuns, batchIds, inputKeys, exported, schema];
    return this.#inChunks(runIds, terms, (wanted) => {
      const args = wanted.flatMap(({ run, text }) => [
        ...[run.id, text, run.batchId, run.status, run.inputKey ?? ""],
      ]);
      return this.#run(removeScript, keys, [root, SCHEMA_NUMBER, sinceOf(terms), ...args]);
    });
  }

  async removeParts(
    runIds: readonly string[],
    parts: readonly RunPart[],
    terms: RemovalTerms,
  ): Promise<string[]> {
    if (parts.length === 0) return [];
    const kinds = parts.flatMap((part) => keyKinds[part]).join(" ");
    return this.#inChunks(runIds, terms, (wanted) => {
      const args = wanted.flatMap(({ run, text }) => [run.id, text]);
      const fixed = [this.#keys.root, SCHEMA_NUMBER, sinceOf(terms), kinds];
      return this.#run(removePartsScript, [this.#keys.batches, this.#keys.schema], [...fixed, ...args]);
    });
  }

  async #inChunks(
    runIds: readonly string[],
    terms: RemovalTerms,
    remove: (wanted: readonly Wanted[]) => Promise<string[]>,
  ): Promise<string[]> {
    const removed: string[] = [];
    for (let start = 0; start < runIds.length; start += CHUNK) {
      const wanted = await this.#read(runIds.slice(start, start + CHUNK), terms);
      if (wanted.length > 0) removed.push(...(await remove(wanted)));
    }
    return removed;
  }

  async #read(runIds: readonly string[], terms: RemovalTerms): Promise<Wanted[]> {
    const keys = runIds.map((id) => this.#keys.run(id));
    const texts = await this.#connection.run((redis) => redis.mget(keys));
    const found = texts.filter((text) => text !== null);
    const runs = found.map((text) => ({ run: parseRunRecord(text), text }));
    const choices = await Promise.all(runs.map(({ run }) => terms.isWanted(run)));
    return runs.filter((_, index) => choices[index]);
  }

  async #run(script: RedisScript, keys: string[], args: (string | number)[]): Promise<string[]> {
    const answer = await this.#connection.run((redis) => script.run(redis, keys, args));
    return idsSchema.parse(await refuseNewerAnswer(answer, this.#connection, this.#keys));
  }
}

function sinceOf({ notJoinedSince }: RemovalTerms): string {
  return notJoinedSince === undefined ? "+inf" : String(notJoinedSince);
}

/** The keys under which a part of a run is stored, as {@link RedisKeys} names them. */
const keyKinds: Readonly<Record<RunPart, readonly string[]>> = {
  input: ["input"],
  result: ["output", "checkpoints"],
};
