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
    const keys = [this.#keys.checkpoints(runId)];
    const args = [entry.stepPath, entry.text, entry.expected ?? ""];
    return z.string().parse(await this.#connection.run((redis) => writeScript.run(redis, keys, args)));
  }

  async clear(runId: string): Promise<void> {
    await this.#connection.run((redis) => redis.unlink(this.#keys.checkpoints(runId)));
  }
}
