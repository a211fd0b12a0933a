import { setTimeout as sleep } from "node:timers/promises";
import { QUEUE_NAME } from "../bull-settings.ts";
import { within } from "../within.ts";
import { enterStore } from "./enter-store.ts";
import type { StoreOptions } from "./own-store.ts";
import type { Role } from "./role.ts";
import {
  ConnectionLostError,
  EVENTS_CHANNEL,
  Listeners,
  type NotificationListener,
  type SqlHost,
  type SqlResult,
} from "./sql-host.ts";

/** How long a statement waits for the next owner. */
const OWNER_WAIT_MS = 20_000;
/** A database that could not be opened is tried again after this long. */
const RETRY_MS = 1_000;
/** How long a close waits for a database that is just being opened. */
const CLOSE_WAIT_MS = 5_000;

/**
 * A store that processes share: this one hosts it, or uses the process that does. When that process goes, a place is
 * found anew, and statements wait meanwhile.
 */
export class SharedStore implements SqlHost {
  readonly #options: StoreOptions;
  readonly #listeners = new Listeners();
  readonly #closing = new AbortController();
  #role: Role | undefined;
  #arrival = newArrival();
  #entering: Promise<void> = Promise.resolve();
  #trouble: unknown;
  #closed: Promise<void> | undefined;

  private constructor(options: StoreOptions) {
    this.#options = options;
  }

  /** @throws SluiceError BACKEND_BUSY; see `enterStore`. */
  static async open(options: StoreOptions): Promise<SharedStore> {
    const store = new SharedStore(options);
    store.#adopt(await enterStore(options, store.#closing.signal));
    return store;
  }

  /** False while there is no database, between two owners or after the close. */
  get isConnected(): boolean {
    return this.#role !== undefined;
  }

  /** True when other processes can use the store at the same time. */
  get isShared(): boolean {
    return this.#role?.isShared ?? true;
  }

  /** The process that hosts the database; undefined between two owners. */
  get ownerPid(): number | undefined {
    return this.#role?.ownerPid;
  }

  async query(sql: string, params?: readonly unknown[]): Promise<SqlResult> {
    for (;;) {
      const role = await this.#present();
      try {
        return await role.host.query(sql, params);
      } catch (error) {
        // What was never sent is sent to the next owner.
        if (!(error instanceof ConnectionLostError) || error.wasSent) throw error;
        await role.ended;
      }
    }
  }

  onNotification(listener: NotificationListener): () => void {
    return this.#listeners.add(listener);
  }

  close(): Promise<void> {
    this.#closed ??= this.#leave();
    return this.#closed;
  }

  async #leave(): Promise<void> {
    this.#closing.abort();
    this.#arrival.resolve();
    const role = this.#role;
    this.#role = undefined;
    await role?.close();
    await Promise.race([this.#entering, sleep(CLOSE_WAIT_MS, undefined, { ref: false })]);
  }

  #adopt(role: Role): void {
    this.#role = role;
    role.host.onNotification((channel, payload) => this.#listeners.tell(channel, payload));
    void role.ended.then(() => this.#lose(role));
    this.#arrival.resolve();
    // Nobody was told of what came in between.
    this.#listeners.tell("bullmq_jobs", QUEUE_NAME);
    this.#listeners.tell(EVENTS_CHANNEL, "");
  }

  #lose(role: Role): void {
    if (this.#role !== role) return;
    this.#role = undefined;
    this.#arrival = newArrival();
    this.#entering = this.#enterAgain(role);
  }

  async #enterAgain(lost: Role): Promise<void> {
    await lost.close();
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        const role = await enterStore(this.#options, signal);
        if (signal.aborted) await role.close();
        else this.#adopt(role);
        return;
      } catch (error) {
        this.#trouble = error;
        await sleep(RETRY_MS, undefined, { signal }).catch(() => {});
      }
    }
  }

  async #present(): Promise<Role> {
    if (this.#role) return this.#role;
    if (!this.#closing.signal.aborted) await within(this.#arrival.promise, OWNER_WAIT_MS);
    if (this.#role) return this.#role;
    const reason = this.#closing.signal.aborted ? "the store was closed" : "no process hosts the store";
    throw new ConnectionLostError(reason, { wasSent: false, cause: this.#trouble });
  }
}

function newArrival(): { promise: Promise<void>; resolve(): void } {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
