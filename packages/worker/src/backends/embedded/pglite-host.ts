import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { answerSchema, CLOSE, type PgliteAnswer, READY, type SqlResult } from "./pglite-messages.ts";

/** How long the database may take to shut down in good order. */
const CLOSE_WAIT_MS = 5_000;

interface Pending {
  resolve(result: SqlResult): void;
  reject(error: Error): void;
}

/** Hears a notification of the database. */
type NotificationListener = (channel: string, payload: string) => void;

/** PostgreSQL in a thread of this process. */
export class PgliteHost {
  readonly #thread: Worker;
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Set<NotificationListener>();
  #lastId = 0;
  #ended: Error | undefined;

  private constructor(dataDir: string) {
    this.#thread = new Worker(threadUrl(), { workerData: { dataDir }, execArgv: [] });
    this.#thread.on("message", (message: unknown) => this.#receive(answerSchema.parse(message)));
    this.#thread.on("error", (error) => this.#end(error));
    this.#thread.on("exit", () => this.#end(new Error("the thread of the database has ended")));
  }

  /** Starts the database on a folder, which is created when it does not exist. */
  static async start(dataDir: string): Promise<PgliteHost> {
    const host = new PgliteHost(dataDir);
    await host.#untilReady();
    return host;
  }

  /** False when the thread has ended. */
  get isAlive(): boolean {
    return this.#ended === undefined;
  }

  /** Runs one statement with parameters, or one or several without. */
  query(sql: string, params?: readonly unknown[]): Promise<SqlResult> {
    if (this.#ended !== undefined) return Promise.reject(connectionLost(this.#ended));
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#thread.postMessage({ id, sql, params });
    });
  }

  /** @returns a function that ends the listening. */
  onNotification(listener: NotificationListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    if (this.#ended !== undefined) return;
    const timer = new AbortController();
    this.#thread.postMessage(CLOSE);
    const timeout = sleep(CLOSE_WAIT_MS, undefined, { signal: timer.signal }).catch(() => {});
    await Promise.race([once(this.#thread, "exit").catch(() => {}), timeout]);
    timer.abort();
    await this.#thread.terminate();
  }

  #untilReady(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#thread.once("message", () => resolve());
      this.#thread.once("error", reject);
      this.#thread.once("exit", () => reject(new Error("the thread of the database ended at once")));
    });
  }

  #receive(answer: PgliteAnswer): void {
    if (answer === READY) return;
    if ("channel" in answer) {
      for (const listener of this.#listeners) listener(answer.channel, answer.payload);
      return;
    }
    const pending = this.#pending.get(answer.id);
    this.#pending.delete(answer.id);
    if ("error" in answer) pending?.reject(Object.assign(new Error(answer.error.message), answer.error));
    else pending?.resolve({ rows: answer.rows, rowCount: answer.rowCount });
  }

  #end(cause: Error): void {
    this.#ended ??= cause;
    for (const pending of this.#pending.values()) pending.reject(connectionLost(this.#ended));
    this.#pending.clear();
  }
}

/** BullMQ takes an error with this code for a lost connection, not for a fault of the statement. */
function connectionLost(cause: Error): Error {
  const error = new Error(`connect ECONNREFUSED: ${cause.message}`, { cause });
  return Object.assign(error, { code: "ECONNREFUSED" });
}

/** The thread runs the built file also when this module is run from source, as by the tests. */
function threadUrl(): URL {
  const fromSource = import.meta.url.endsWith(".ts");
  const path = fromSource ? "../../../dist/backends/embedded/pglite-thread.js" : "./pglite-thread.js";
  return new URL(path, import.meta.url);
}
