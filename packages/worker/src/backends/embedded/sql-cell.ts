import { type CellReading, type Clock, randomId, type StateCell } from "@sluice/core";
import { z } from "zod";
import type { SqlDatabase } from "./sql-database.ts";

const textSchema = z.object({ text: z.string() });

/**
 * The first swap of a cell, and every later one. Each has a writer of its own: when its answer is lost and it is
 * repeated, it finds itself. If a third one has swapped in between, it is taken for lost, and its caller does it again
 * on what stands there then: a permit may be counted twice so, and never too little.
 *
 * $1 name · $2 next text · $3 writer (· $4 expected text)
 */
const FIRST = `
INSERT INTO sluice.cells AS present (name, text, writer) VALUES ($1, $2, $3)
ON CONFLICT (name) DO UPDATE SET text = excluded.text WHERE present.writer = $3
RETURNING text`;
const NEXT = `
UPDATE sluice.cells SET text = $2, writer = $3
WHERE name = $1 AND (text = $4 OR writer = $3)
RETURNING text`;

/** One text under compare-and-set in a row of its own. */
export class SqlCell implements StateCell {
  readonly #database: SqlDatabase;
  readonly #name: string;
  readonly #clock: Clock;

  constructor(database: SqlDatabase, name: string, clock: Clock) {
    this.#database = database;
    this.#name = name;
    this.#clock = clock;
  }

  async read(): Promise<CellReading> {
    const sql = "SELECT text FROM sluice.cells WHERE name = $1";
    const [row] = await this.#database.rows(textSchema, sql, [this.#name]);
    return { text: row?.text ?? null, now: this.#clock.now() };
  }

  async swap(expected: string | null, next: string): Promise<boolean> {
    const params = [this.#name, next, randomId(16)];
    const swapped =
      expected === null
        ? await this.#database.rows(textSchema, FIRST, params)
        : await this.#database.rows(textSchema, NEXT, [...params, expected]);
    return swapped.length === 1;
  }
}
