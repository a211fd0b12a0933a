import { EventEmitter } from "node:events";
import type { PgPool, PgPoolClient, PgQueryResult } from "bullmq";
import { queryForBull } from "./bull-statements.ts";
import type { SqlHost } from "./sql-host.ts";

/** The owner listens to BullMQ's channel once for all; one client's UNLISTEN must not make the others deaf. */
const LISTENING = /^\s*(--[^\n]*\n\s*)*(UN)?LISTEN\b/i;

async function query(host: SqlHost, sql: string, params?: readonly unknown[]): Promise<PgQueryResult> {
  return LISTENING.test(sql) ? { rows: [], rowCount: 0 } : queryForBull(host, sql, params);
}

/** The database in the shape of a `pg.Pool`, which is what BullMQ asks for. */
export class SqlPool extends EventEmitter implements PgPool {
  /** A lost connection is found anew beneath BullMQ, so that an idle worker need not look again every ten seconds. */
  readonly options = { keepAlive: true };
  readonly #host: SqlHost;

  constructor(host: SqlHost) {
    super();
    this.setMaxListeners(0);
    this.#host = host;
  }

  query(sql: string, params?: readonly unknown[]): Promise<PgQueryResult> {
    return query(this.#host, sql, params);
  }

  async connect(): Promise<PgPoolClient> {
    return new SqlPoolClient(this.#host);
  }

  /** The pool belongs to the backend, which closes the database itself. */
  async end(): Promise<void> {}
}

class SqlPoolClient extends EventEmitter implements PgPoolClient {
  readonly #host: SqlHost;
  readonly #stopListening: () => void;

  constructor(host: SqlHost) {
    super();
    this.setMaxListeners(0);
    this.#host = host;
    this.#stopListening = host.onNotification((channel, payload) =>
      this.emit("notification", { channel, payload }),
    );
  }

  query(sql: string, params?: readonly unknown[]): Promise<PgQueryResult> {
    return query(this.#host, sql, params);
  }

  release(): void {
    this.#stopListening();
  }
}
