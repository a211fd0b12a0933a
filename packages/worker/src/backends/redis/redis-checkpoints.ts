import type { CheckpointEntry, CheckpointStore } from "@sluice/core";
import { z } from "zod";
import type { RedisConnection } from "./redis-connection.ts";
import type { RedisKeys } from "./redis-keys.ts";
import { RedisScript } from "./redis-script.ts";
import { writeCheckpointLua } from "./scripts/write-checkpoint.ts";

const writeScript = new RedisScript(writeCheckpointLua);

/** Checkpoints as one hash per run. */
export class RedisCheckpoints implements CheckpointStore {
  readonly #connection: RedisConnection;
  readonly #keys: RedisKeys;

  constructor(connection: RedisConnection, keys: RedisKeys) {
    this.#connection = connection;
    this.#keys = keys;
  }

  async read(runId: string): Promise<ReadonlyMap<string, string>> {
    const key = this.#keys.checkpoints(runId);
    return new Map(Object.entries(await this.#connection.run((redis) => redis.hgetall(key))));
  }

  async write(runId: string, entry: CheckpointEntry): Promise<string> {
    if (entry.expected === null && (await this.#add(runId, entry))) return entry.text;
    const standing = await this.#swap(runId, entry, entry.expected ?? "");
    if (standing === entry.text || standing !== entry.expected) return standing;
    // Damaged bytes are no text: what was read of them, and is expected here, is not what stands there.
    const key = this.#keys.checkpoints(runId);
    const bytes = await this.#connection.run((redis) => redis.hgetBuffer(key, entry.stepPath));
    return bytes?.toString() === entry.expected ? this.#swap(runId, entry, bytes) : standing;
  }

  /** Almost always nothing stands there, and one plain command does it; false when something does. */
  async #add(runId: string, { stepPath, text }: CheckpointEntry): Promise<boolean> {
    const key = this.#keys.checkpoints(runId);
    return (await this.#connection.run((redis) => redis.hsetnx(key, stepPath, text))) === 1;
  }

  async #swap(
    runId: string,
    { stepPath, text }: CheckpointEntry,
    expected: string | Buffer,
  ): Promise<string> {
    const keys = [this.#keys.checkpoints(runId)];
    const args = [stepPath, text, expected];
    return z.string().parse(await this.#connection.run((redis) => writeScript.run(redis, keys, args)));
  }

  async remove(runId: string, stepPaths: readonly string[]): Promise<void> {
    if (stepPaths.length === 0) return;
    await this.#connection.run((redis) => redis.hdel(this.#keys.checkpoints(runId), ...stepPaths));
  }

  async clear(runId: string): Promise<void> {
    await this.#connection.run((redis) => redis.unlink(this.#keys.checkpoints(runId)));
  }
}
