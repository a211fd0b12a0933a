import type { PackEntry } from "./pack-entry.ts";
import { PackPool } from "./pack-pool.ts";

/** What a line does with those who wait in it. */
export interface PackLineOptions {
  /** A number from 0 up to 1. */
  random(): number;
  /** Waits for leave to send, then takes out of the pool whoever goes with it, and sends. */
  sendNext(pool: PackPool<PackEntry>, signal: AbortSignal): Promise<void>;
  /** Nobody waits any more. */
  onEmpty(): void;
}

/** The questions of one key, and the loop that sends them while there are any. */
export class PackLine {
  readonly #options: PackLineOptions;
  readonly #pool: PackPool<PackEntry>;
  #waiting: AbortController | undefined;

  constructor(options: PackLineOptions) {
    this.#options = options;
    this.#pool = new PackPool(options.random);
  }

  add(entry: PackEntry): void {
    this.#pool.add(entry);
    if (!this.#waiting) void this.#serve();
  }

  /** Takes somebody out; the place among those who wait for a permit is given up with the last. */
  remove(entry: PackEntry): void {
    this.#pool.remove(entry);
    if (this.#pool.size === 0) this.#waiting?.abort();
  }

  /** One request after the other; each is answered while the next permit is waited for. */
  async #serve(): Promise<void> {
    while (this.#pool.size > 0) {
      const waiting = new AbortController();
      this.#waiting = waiting;
      try {
        await this.#options.sendNext(this.#pool, waiting.signal);
      } catch (error) {
        // Who came after the last had left waits for the next one.
        if (!waiting.signal.aborted) for (const entry of this.#pool.takeAll()) entry.fail(error);
      }
    }
    this.#waiting = undefined;
    this.#options.onEmpty();
  }
}
