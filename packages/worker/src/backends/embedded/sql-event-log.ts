import { z } from "zod";
import { type EventLog, type FollowOptions, KEPT_ENTRIES, type LogEntry } from "../../backend/event-log.ts";
import type { SqlDatabase } from "./sql-database.ts";
import { EVENTS_CHANNEL, type SqlHost } from "./sql-host.ts";

/** Entries that a follower takes at a time. */
const PAGE = 100;
/** A follower looks by itself after this long, in case a notification was lost with the owner of the store. */
const LOOK_MS = 2_000;
/** How often a process drops what is too old: after so many entries of its own. */
const PRUNE_EVERY = 200;

const entrySchema = z.object({ position: z.coerce.string(), text: z.string() });
const newestSchema = z.object({ position: z.coerce.string().nullable() });

/** $1 texts, in their order. A repetition adds them again; readers know them by their writer and number. */
const APPEND = `
WITH added AS (
  INSERT INTO sluice.events (text)
  SELECT text FROM unnest($1::text[]) WITH ORDINALITY AS given (text, place) ORDER BY place
  RETURNING position
)
SELECT pg_notify('${EVENTS_CHANNEL}', max(position)::text) FROM added`;

const READ = "SELECT position, text FROM sluice.events WHERE position > $1 ORDER BY position LIMIT $2";

const PRUNE = `
DELETE FROM sluice.events
WHERE position <= (SELECT max(position) FROM sluice.events) - ${KEPT_ENTRIES}`;

/** Drops the entries that are over what is kept. */
export function pruneEvents(database: SqlDatabase): Promise<void> {
  return database.run(PRUNE, []);
}

/** The log as a table, and a channel on which its growth is told. */
export class SqlEventLog implements EventLog {
  readonly #database: SqlDatabase;
  readonly #host: Pick<SqlHost, "onNotification">;
  readonly #closing = new AbortController();
  #appended = 0;

  constructor(database: SqlDatabase, host: Pick<SqlHost, "onNotification">) {
    this.#database = database;
    this.#host = host;
  }

  async append(texts: readonly string[]): Promise<void> {
    if (texts.length === 0) return;
    await this.#database.run(APPEND, [texts]);
    this.#appended += texts.length;
    if (this.#appended < PRUNE_EVERY) return;
    this.#appended = 0;
    // What is not pruned now is pruned later.
    await pruneEvents(this.#database).catch(() => {});
  }

  read(after: string | null, limit: number): Promise<LogEntry[]> {
    return this.#database.rows(entrySchema, READ, [after ?? 0, limit]);
  }

  async newest(): Promise<string | null> {
    const sql = "SELECT max(position) AS position FROM sluice.events";
    return (await this.#database.rows(newestSchema, sql))[0]?.position ?? null;
  }

  async *follow(
    after: string | null,
    { signal, onError = () => {} }: FollowOptions,
  ): AsyncGenerator<LogEntry[]> {
    const ended = AbortSignal.any([signal, this.#closing.signal]);
    const growth = new Growth();
    const stopListening = this.#host.onNotification((channel) => {
      if (channel === EVENTS_CHANNEL) growth.note();
    });
    try {
      let from = after;
      while (!ended.aborted) {
        growth.forget();
        const entries = await this.#readOrNothing(from, ended, onError);
        from = entries.at(-1)?.position ?? from;
        if (entries.length > 0) yield entries;
        else await growth.noted(ended);
      }
    } finally {
      stopListening();
    }
  }

  /** Ends all following. */
  close(): void {
    this.#closing.abort();
  }

  async #readOrNothing(
    from: string | null,
    ended: AbortSignal,
    onError: (error: unknown) => void,
  ): Promise<LogEntry[]> {
    try {
      return await this.read(from, PAGE);
    } catch (error) {
      if (!ended.aborted) onError(error);
      return [];
    }
  }
}

/** Whether the log has grown since a follower last read it. */
class Growth {
  #isNoted = false;
  #wake: () => void = () => {};

  note(): void {
    this.#isNoted = true;
    this.#wake();
  }

  forget(): void {
    this.#isNoted = false;
  }

  /** Resolves when it is noted, or after a while, or when the signal aborts. */
  async noted(signal: AbortSignal): Promise<void> {
    if (this.#isNoted || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, LOOK_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
      signal.addEventListener("abort", this.#wake, { once: true });
    });
    signal.removeEventListener("abort", this.#wake);
  }
}
