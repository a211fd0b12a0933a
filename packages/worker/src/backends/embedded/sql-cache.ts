import { CACHE_TTL_MS, type Clock, type ResponseCache, randomId } from "@sluice/core";
import { z } from "zod";
import type { SqlDatabase } from "./sql-database.ts";

const textSchema = z.object({ text: z.string() });

/** Answers as rows with the time at which they end. */
export class SqlCache implements ResponseCache {
  readonly #database: SqlDatabase;
  readonly #clock: Clock;

  constructor(database: SqlDatabase, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  async get(key: string): Promise<string | undefined> {
    const sql = "SELECT text FROM sluice.cache WHERE key = $1 AND expires_at > $2";
    const [row] = await this.#database.rows(textSchema, sql, [key, this.#clock.now()]);
    return row?.text;
  }

  async set(key: string, text: string): Promise<void> {
    await this.#database.run(
      `INSERT INTO sluice.cache (key, text, expires_at) VALUES ($1, $2, $3)
       ON CONFLICT (key) DO UPDATE SET text = excluded.text, expires_at = excluded.expires_at`,
      [key, text, this.#clock.now() + CACHE_TTL_MS],
    );
  }

  async claim(key: string, forMs: number): Promise<boolean> {
    const now = this.#clock.now();
    // The text is the claimant's, so that a claim that is repeated because its answer was lost finds itself.
    const claimed = await this.#database.rows(
      textSchema,
      `INSERT INTO sluice.cache (key, text, expires_at) VALUES ($1, $4, $2)
       ON CONFLICT (key) DO UPDATE SET text = excluded.text, expires_at = excluded.expires_at
         WHERE cache.expires_at <= $3 OR cache.text = excluded.text
       RETURNING text`,
      [claimOf(key), now + forMs, now, randomId(16)],
    );
    return claimed.length > 0;
  }

  async release(key: string): Promise<void> {
    await this.#database.run("DELETE FROM sluice.cache WHERE key = $1", [claimOf(key)]);
  }
}

/** A claim stands beside the answers; no answer's key begins like this. */
function claimOf(key: string): string {
  return `claim:${key}`;
}
