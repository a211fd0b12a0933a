/** What will happen, the earliest first; at one time in the order in which it was added. */
export class Timeline {
  readonly #events: Array<{ at: number; happen: () => void }> = [];
  /** The time of what happened last, or to which it was played. */
  now: number;

  constructor(now: number) {
    this.now = now;
  }

  add(at: number, happen: () => void): void {
    const behind = this.#events.findIndex((event) => event.at > at);
    this.#events.splice(behind < 0 ? this.#events.length : behind, 0, { at, happen });
  }

  /** Lets everything up to a time happen. */
  playUntil(time: number): void {
    while ((this.#events[0]?.at ?? Number.POSITIVE_INFINITY) <= time) this.playNext();
    this.now = Math.max(this.now, time);
  }

  /** Lets the next thing happen; false when nothing is left. */
  playNext(): boolean {
    const event = this.#events.shift();
    if (!event) return false;
    this.now = Math.max(this.now, event.at);
    event.happen();
    return true;
  }
}

/** First in, first out, at a cost that does not grow with how many there are. */
export class Queue<T> {
  #items: T[] = [];
  #from = 0;

  get size(): number {
    return this.#items.length - this.#from;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    return this.take(1)[0];
  }

  take(count: number): T[] {
    const taken = this.#items.slice(this.#from, this.#from + count);
    this.#from += taken.length;
    if (this.#from > 1_000) {
      this.#items = this.#items.slice(this.#from);
      this.#from = 0;
    }
    return taken;
  }

  peek(count: number): T[] {
    return this.#items.slice(this.#from, this.#from + count);
  }
}
