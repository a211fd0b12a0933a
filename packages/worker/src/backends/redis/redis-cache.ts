import { CACHE_TTL_MS, type Clock, parseJson, type ResponseCache } from "@sluice/core";
import { z } from "zod";
import { RedisCell } from "./redis-cell.ts";
import type { RedisConnection } from "./redis-connection.ts";
import type { RedisKeys } from "./redis-keys.ts";

const entrySchema = z.object({ expiresAt: z.number(), text: z.string() });

/** Answers as plain keys that Redis forgets by itself: `{"expiresAt":1763…,"text":"…"}`. */
export class RedisCache implements ResponseCache {
  readonly #connection: RedisConnection;
  readonly #keys: RedisKeys;
  readonly #clock: Clock;

  constructor(connection: RedisConnection, keys: RedisKeys, clock: Clock) {
    this.#connection = connection;
    this.#keys = keys;
    this.#clock = clock;
  }

  async get(key: string): Promise<string | undefined> {
    const stored = await this.#connection.run((redis) => redis.get(this.#keys.cached(key)));
    if (stored === null) return undefined;
    const entry = entrySchema.parse(parseJson(stored));
    return entry.expiresAt > this.#clock.now() ? entry.text : undefined;
  }

  async set(key: string, text: string): Promise<void> {
    const stored = JSON.stringify({ expiresAt: this.#clock.now() + CACHE_TTL_MS, text });
    await this.#connection.run((redis) => redis.set(this.#keys.cached(key), stored, "PX", CACHE_TTL_MS));
  }

  async claim(key: string, forMs: number): Promise<boolean> {
    const cell = new RedisCell(this.#connection, this.#keys.claim(key));
    const { text } = await cell.read();
    const now = this.#clock.now();
    if (text !== null && Number(text) > now) return false;
    if (!(await cell.swap(text, `${now + forMs}`))) return false;
    await this.#connection.run((redis) => redis.pexpire(this.#keys.claim(key), forMs));
    return true;
  }

  async release(key: string): Promise<void> {
    await this.#connection.run((redis) => redis.del(this.#keys.claim(key)));
  }
}
