import { SluiceError } from "@sluice/core";
import type { z } from "zod";
import { ConnectionLostError, repeatWhenLost, type SqlHost } from "./sql-host.ts";

/** The database as the stores use it: rows parsed, errors translated. */
export class SqlDatabase {
  readonly #host: SqlHost;
  readonly #folder: string;

  constructor(host: SqlHost, folder: string) {
    this.#host = host;
    this.#folder = folder;
  }

  /**
   * Runs one statement and parses its rows. When its answer is lost with the owner of the store, it is run again: it
   * must be one that does no harm twice.
   */
  rows<T>(schema: z.ZodType<T>, sql: string, params: readonly unknown[] = []): Promise<T[]> {
    return repeatWhenLost(() => this.rowsOnce(schema, sql, params)).catch((error: unknown) =>
      this.#translate(error),
    );
  }

  /**
   * Runs one statement, never twice, and parses its rows.
   *
   * @throws ConnectionLostError when it is not known whether it was carried out.
   */
  async rowsOnce<T>(schema: z.ZodType<T>, sql: string, params: readonly unknown[]): Promise<T[]> {
    const { rows } = await this.#host.query(sql, params);
    return rows.map((row) => schema.parse(row));
  }

  /** Runs one statement with parameters, or several without, for their effect; see {@link rows}. */
  async run(sql: string, params?: readonly unknown[]): Promise<void> {
    await this.guard(() => repeatWhenLost(() => this.#host.query(sql, params)));
  }

  /** @throws SluiceError BACKEND_UNREACHABLE when the database has gone. */
  async guard<T>(command: () => Promise<T>): Promise<T> {
    return command().catch((error: unknown) => this.#translate(error));
  }

  #translate(cause: unknown): never {
    if (holdsNul(cause)) throw nulRefused(cause);
    if (!(cause instanceof ConnectionLostError)) throw cause;
    const doubt = cause.wasSent ? " It may have been done; it can be repeated." : "";
    throw new SluiceError("BACKEND_UNREACHABLE", {
      message: `The embedded store in ${this.#folder} has stopped; start the command again.${doubt}`,
      facts: { folder: this.#folder, maybeDone: cause.wasSent },
      cause,
    });
  }
}

/** PostgreSQL's code for a text that it cannot hold: with what we write that is NUL. */
const UNTRANSLATABLE = "22021";

function holdsNul(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === UNTRANSLATABLE;
}

/** What is stored is JSON, which has no NUL: it can only have come as an id. */
function nulRefused(cause: unknown): SluiceError {
  return new SluiceError("OPTION_INVALID", {
    message: "An id holds a NUL character, which no id does; nothing was read or changed.",
    cause,
  });
}
