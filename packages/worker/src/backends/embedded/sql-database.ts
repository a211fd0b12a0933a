import { SluiceError } from "@sluice/core";
import type { z } from "zod";
import type { PgliteHost } from "./pglite-host.ts";

/** The database as the stores use it: rows parsed, errors translated. */
export class SqlDatabase {
  readonly #host: PgliteHost;
  readonly #folder: string;

  constructor(host: PgliteHost, folder: string) {
    this.#host = host;
    this.#folder = folder;
  }

  /** Runs one statement and parses its rows. */
  async rows<T>(schema: z.ZodType<T>, sql: string, params: readonly unknown[] = []): Promise<T[]> {
    const { rows } = await this.guard(() => this.#host.query(sql, params));
    return rows.map((row) => schema.parse(row));
  }

  /** Runs one statement with parameters, or several without, for their effect. */
  async run(sql: string, params?: readonly unknown[]): Promise<void> {
    await this.guard(() => this.#host.query(sql, params));
  }

  /** @throws SluiceError BACKEND_UNREACHABLE when the database has ended. */
  async guard<T>(command: () => Promise<T>): Promise<T> {
    try {
      return await command();
    } catch (cause) {
      if (this.#host.isAlive) throw cause;
      throw new SluiceError("BACKEND_UNREACHABLE", {
        message: `The embedded store in ${this.#folder} has stopped; start the command again.`,
        facts: { folder: this.#folder },
        cause,
      });
    }
  }
}
