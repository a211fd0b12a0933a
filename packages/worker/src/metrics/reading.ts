import { within } from "../backends/within.ts";

/** How long whoever asks waits for an answer of the store. */
const WAIT_MS = 2_000;
/** For how long an answer is good, at least. */
const KEEP_MS = 1_000;
/** One that took long is good for so many times as long: however often it is asked, a twentieth of the time goes into it. */
const KEEP_FACTOR = 20;

/** Something that is read from the store when somebody asks, and not oftener than is good for the store. */
export class Reading<T> {
  readonly #read: () => Promise<T>;
  readonly #now: () => number;
  #last: { value: T | undefined; until: number } | undefined;
  #pending: Promise<void> | undefined;

  /** @param now a clock in milliseconds that only goes forward; replaced in tests. */
  constructor(read: () => Promise<T>, now: () => number = () => performance.now()) {
    this.#read = read;
    this.#now = now;
  }

  /** What was read last, or just now; undefined when the store fails, or does not answer within two seconds. */
  async get(): Promise<T | undefined> {
    if (this.#fresh() === undefined) {
      this.#pending ??= this.#readAnew();
      await within(this.#pending, WAIT_MS);
    }
    return this.#fresh()?.value;
  }

  #fresh() {
    return this.#last && this.#now() < this.#last.until ? this.#last : undefined;
  }

  /** One read at a time: one that hangs is waited for by all who ask. */
  async #readAnew(): Promise<void> {
    const startedAt = this.#now();
    const value = await this.#read().catch(() => undefined);
    const endedAt = this.#now();
    this.#last = { value, until: endedAt + Math.max(KEEP_MS, KEEP_FACTOR * (endedAt - startedAt)) };
    this.#pending = undefined;
  }
}
