/** Rows of one statement. */
export interface SqlResult {
  rows: Record<string, unknown>[];
  rowCount: number;
}

/** On this channel the database tells that its log of events has grown. */
export const EVENTS_CHANNEL = "sluice_events";

/** Hears a notification of the database. */
export type NotificationListener = (channel: string, payload: string) => void;

/** Whatever runs statements: the database in this process, or the process that hosts it. */
export interface SqlHost {
  /**
   * Runs one statement.
   *
   * @throws ConnectionLostError when the database went away before it answered.
   */
  query(sql: string, params?: readonly unknown[]): Promise<SqlResult>;
  /** @returns a function that ends the listening. */
  onNotification(listener: NotificationListener): () => void;
}

/** The database went away. BullMQ takes the code for a lost connection, and not for a fault of the statement. */
export class ConnectionLostError extends Error {
  readonly code = "ECONNREFUSED";
  /** True when the statement had been sent: nobody knows whether it was carried out. */
  readonly wasSent: boolean;

  constructor(reason: string, options: { wasSent: boolean; cause?: unknown }) {
    super(`connect ECONNREFUSED: ${reason}`, { cause: options.cause });
    this.wasSent = options.wasSent;
  }
}

/** The listeners of a host. */
export class Listeners {
  readonly #listeners = new Set<NotificationListener>();

  add(listener: NotificationListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(channel: string, payload: string): void {
    for (const listener of this.#listeners) listener(channel, payload);
  }
}

/** Statements that wait for their answers, by number. */
export class PendingAnswers {
  readonly #pending = new Map<number, { resolve(result: SqlResult): void; reject(error: Error): void }>();
  #lastId = 0;

  get size(): number {
    return this.#pending.size;
  }

  /** Numbers a statement, sends it, and resolves with its answer. */
  ask(send: (id: number) => void): Promise<SqlResult> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      send(id);
    });
  }

  settle(id: number, answer: SqlResult | Error): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (answer instanceof Error) pending?.reject(answer);
    else pending?.resolve(answer);
  }

  rejectAll(error: Error): void {
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
  }
}

/** A statement that ends one owner after the other must not end them all. */
const MAX_REPEATS = 2;

/**
 * Does something again when the database went away under it; the host waits until it is back.
 *
 * @param work may be carried out more than once; it is told when it is.
 */
export async function repeatWhenLost<T>(work: (isRepeat: boolean) => Promise<T>): Promise<T> {
  for (let repeats = 0; ; repeats++) {
    try {
      return await work(repeats > 0);
    } catch (error) {
      if (!(error instanceof ConnectionLostError && error.wasSent) || repeats >= MAX_REPEATS) throw error;
    }
  }
}
