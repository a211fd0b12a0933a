import type { CellReading, Clock, StateCell } from "@sluice/core";
import { z } from "zod";
import type { SqlDatabase } from "./sql-database.ts";

const textSchema = z.object({ text: z.string() });

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
    const swapped =
      expected === null
        ? this.#swapped("INSERT INTO sluice.cells VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING text", [
            next,
          ])
        : this.#swapped("UPDATE sluice.cells SET text = $2 WHERE name = $1 AND text = $3 RETURNING text", [
            next,
            expected,
          ]);
    return swapped;
  }

  async #swapped(sql: string, texts: string[]): Promise<boolean> {
    const rows = await this.#database.rows(textSchema, sql, [this.#name, ...texts]);
    return rows.length === 1;
  }
}
