import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import {
  CLIENT_LEFT,
  CLOSE,
  READY,
  SERVING,
  type ServeRequest,
  statementError,
  type ThreadMessage,
  threadMessageSchema,
} from "./pglite-messages.ts";
import {
  ConnectionLostError,
  Listeners,
  type NotificationListener,
  PendingAnswers,
  type SqlHost,
  type SqlResult,
} from "./sql-host.ts";

/** How long the database may take to shut down in good order. */
const CLOSE_WAIT_MS = 5_000;

/** PostgreSQL in a thread of this process. */
export class PgliteHost implements SqlHost {
  /** Resolves when the thread has ended. */
  readonly ended: Promise<void>;
  /** Told when another process that was served has gone. */
  onClientLeft: () => void = () => {};
  readonly #thread: Worker;
  readonly #pending = new PendingAnswers();
  readonly #listeners = new Listeners();
  #endedBy: Error | undefined;
  #resolveEnded: () => void = () => {};
  #settleServing: (reason: string | undefined) => void = () => {};

  private constructor(dataDir: string) {
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    this.#thread = new Worker(threadUrl(), { workerData: { dataDir }, execArgv: [] });
    this.#thread.on("message", (message: unknown) => this.#receive(threadMessageSchema.parse(message)));
    this.#thread.on("error", (error) => this.#end(error));
    this.#thread.on("exit", () => this.#end(new Error("the thread of the database has ended")));
  }

  /** Starts the database on a folder, which is created when it does not exist. */
  static async start(dataDir: string): Promise<PgliteHost> {
    const host = new PgliteHost(dataDir);
    await host.#untilReady();
    return host;
  }

  /** Runs one statement with parameters, or one or several without. */
  query(sql: string, params?: readonly unknown[]): Promise<SqlResult> {
    if (this.#endedBy !== undefined) return Promise.reject(this.#lost(false));
    return this.#pending.ask((id) => this.#thread.postMessage({ id, sql, params }));
  }

  onNotification(listener: NotificationListener): () => void {
    return this.#listeners.add(listener);
  }

  /**
   * Begins to serve other processes.
   *
   * @returns undefined, or the reason why it cannot.
   */
  serve(request: ServeRequest): Promise<string | undefined> {
    const served = new Promise<string | undefined>((resolve) => {
      this.#settleServing = resolve;
    });
    this.#thread.postMessage(request);
    return served;
  }

  async close(): Promise<void> {
    if (this.#endedBy !== undefined) return;
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

  #receive(message: ThreadMessage): void {
    if (message === READY) return;
    if (message === SERVING) this.#settleServing(undefined);
    else if (message === CLIENT_LEFT) this.onClientLeft();
    else if ("unserved" in message) this.#settleServing(message.unserved);
    else if ("channel" in message) this.#listeners.tell(message.channel, message.payload);
    else if ("error" in message) this.#pending.settle(message.id, statementError(message.error));
    else this.#pending.settle(message.id, { rows: message.rows, rowCount: message.rowCount });
  }

  #end(cause: Error): void {
    if (this.#endedBy !== undefined) return;
    this.#endedBy = cause;
    this.#pending.rejectAll(this.#lost(true));
    this.#settleServing(cause.message);
    this.#resolveEnded();
  }

  #lost(wasSent: boolean): ConnectionLostError {
    return new ConnectionLostError("the database has ended", { wasSent, cause: this.#endedBy });
  }
}

/** The thread runs the built file also when this module is run from source, as by the tests. */
function threadUrl(): URL {
  const fromSource = import.meta.url.endsWith(".ts");
  const path = fromSource ? "../../../dist/backends/embedded/pglite-thread.js" : "./pglite-thread.js";
  return new URL(path, import.meta.url);
}
