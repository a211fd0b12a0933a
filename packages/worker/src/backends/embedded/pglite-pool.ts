import { EventEmitter } from "node:events";
import type { PgPool, PgPoolClient, PgQueryResult } from "bullmq";
import type { PgliteHost } from "./pglite-host.ts";

/** The thread listens to BullMQ's channels once for all; one client's UNLISTEN must not make the others deaf. */
const LISTENING = /^\s*(--[^\n]*\n\s*)*(UN)?LISTEN\b/i;

async function query(host: PgliteHost, sql: string, params?: readonly unknown[]): Promise<PgQueryResult> {
  return LISTENING.test(sql) ? { rows: [], rowCount: 0 } : host.query(sql, params);
}

/** The database in the shape of a `pg.Pool`, which is what BullMQ asks for. */
export class PglitePool extends EventEmitter implements PgPool {
  /** There is no connection to lose, so that an idle worker need not look again every ten seconds. */
  readonly options = { keepAlive: true };
  readonly #host: PgliteHost;

  constructor(host: PgliteHost) {
    super();
    this.setMaxListeners(0);
    this.#host = host;
  }

  query(sql: string, params?: readonly unknown[]): Promise<PgQueryResult> {
    return query(this.#host, sql, params);
  }

  async connect(): Promise<PgPoolClient> {
    return new PgliteClient(this.#host);
  }

  /** The pool belongs to the backend, which closes the database itself. */
  async end(): Promise<void> {}
}

class PgliteClient extends EventEmitter implements PgPoolClient {
  readonly #host: PgliteHost;
  readonly #stopListening: () => void;

  constructor(host: PgliteHost) {
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
