import { ConnectionLostError } from "./sql-host.ts";

/** Done together at most: bounds the size of one statement. */
const MAX_ITEMS = 64;
const MAX_CHARACTERS = 1_000_000;

/** How items are done together. */
interface Gathering<I, R> {
  /** Does all of them or none, and gives what came of each, in their order. */
  doAll(items: readonly I[]): Promise<readonly R[]>;
  /** What an item weighs, in characters. */
  sizeOf(item: I): number;
}

interface Waiting<I, R> {
  item: I;
  resolve(result: R | PromiseLike<R>): void;
  reject(error: unknown): void;
}

/**
 * Does in one statement what many runs ask for: the database does one at a time, and whatever comes while it is at work
 * goes together afterwards. Who is alone waits for nobody.
 */
export class Gathered<I, R> {
  readonly #gathering: Gathering<I, R>;
  #waiting: Waiting<I, R>[] = [];
  #isAtWork = false;

  constructor(gathering: Gathering<I, R>) {
    this.#gathering = gathering;
  }

  do(item: I): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (!this.#isAtWork) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#isAtWork = true;
    while (this.#waiting.length > 0) await this.#round(this.#next());
    this.#isAtWork = false;
  }

  #next(): Waiting<I, R>[] {
    const { sizeOf } = this.#gathering;
    let characters = 0;
    let count = 0;
    for (const { item } of this.#waiting) {
      characters += sizeOf(item);
      if (count > 0 && (characters > MAX_CHARACTERS || count === MAX_ITEMS)) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #round(batch: readonly Waiting<I, R>[]): Promise<void> {
    try {
      const results = await this.#gathering.doAll(batch.map(({ item }) => item));
      for (const [index, result] of results.entries()) batch[index]?.resolve(result);
    } catch (error) {
      if (batch.length === 1 || error instanceof ConnectionLostError) {
        for (const { reject } of batch) reject(error);
        return;
      }
      // One of them is to blame, and the others must not suffer for it.
      for (const one of batch) await this.#round([one]);
    }
  }
}
