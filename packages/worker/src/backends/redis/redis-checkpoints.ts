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
    const { stepPath, text } = entry;
    const key = this.#keys.checkpoints(runId);
    if (entry.expected === null) {
      // Almost always nothing stands there, and one plain command does it.
      const added = await this.#connection.run((redis) => redis.hsetnx(key, stepPath, text));
      if (added === 1) return text;
    }
    const standing = await this.#swap(runId, entry, entry.expected ?? "");
    if (standing === text || standing !== entry.expected) return standing;
    // Damaged bytes are no text: what was read of them, and is expected here, is not what stands there.
    const bytes = await this.#connection.run((redis) => redis.hgetBuffer(key, stepPath));
    return bytes?.toString() === entry.expected ? this.#swap(runId, entry, bytes) : standing;
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
