import { createHash } from "node:crypto";
import type { RedisValue } from "ioredis";
import type { RedisClient } from "./redis-client.ts";

/** A Lua script, sent once and then called by its hash. */
export class RedisScript {
  readonly #source: string;
  readonly #sha: string;

  constructor(source: string) {
    this.#source = source;
    // The hash is Redis' own name for a script, not a matter of security.
    this.#sha = createHash("sha1").update(source).digest("hex");
  }

  run(redis: RedisClient, keys: readonly string[], args: readonly RedisValue[]): Promise<unknown> {
    return redis.evalsha(this.#sha, keys.length, ...keys, ...args).catch((error: unknown) => {
      if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error;
      return redis.eval(this.#source, keys.length, ...keys, ...args);
    });
  }
}
