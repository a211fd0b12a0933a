import type { CellReading, Clock, StateCell } from "@sluice/core";
import { z } from "zod";
import type { RedisConnection } from "./redis-connection.ts";
import { RedisScript } from "./redis-script.ts";
import { readCellLua } from "./scripts/read-cell.ts";
import { swapCellLua } from "./scripts/swap-cell.ts";

const readScript = new RedisScript(readCellLua);
const swapScript = new RedisScript(swapCellLua);
const readingSchema = z.tuple([z.string().nullable(), z.coerce.number(), z.coerce.number()]);

/** One text under compare-and-set in Redis, with Redis' time. */
export class RedisCell implements StateCell {
  readonly #connection: RedisConnection;
  readonly #key: string;
  readonly #clock: Clock | undefined;

  /** `clock` replaces the time of Redis, for tests. */
  constructor(connection: RedisConnection, key: string, clock?: Clock) {
    this.#connection = connection;
    this.#key = key;
    this.#clock = clock;
  }

  async read(): Promise<CellReading> {
    const reply = await this.#connection.run((redis) => readScript.run(redis, [this.#key], []));
    const [text, seconds, microseconds] = readingSchema.parse(reply);
    const now = seconds * 1_000 + Math.floor(microseconds / 1_000);
    return { text, now: this.#clock?.now() ?? now };
  }

  async swap(expected: string | null, next: string): Promise<boolean> {
    const args = expected === null ? [next] : [next, expected];
    return (await this.#connection.run((redis) => swapScript.run(redis, [this.#key], args))) === 1;
  }
}
