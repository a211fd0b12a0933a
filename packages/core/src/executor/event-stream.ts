import type { OnRunEvent, RunEvent } from "./events.ts";

/** Events as they come, for one reader; those that came before it began are kept for it. */
export class EventStream implements AsyncIterable<RunEvent> {
  readonly #kept: RunEvent[] = [];
  #ended = false;
  #wake: () => void = () => {};

  /** Takes an event. */
  readonly push: OnRunEvent = (event) => {
    this.#kept.push(event);
    this.#wake();
  };

  /** No more events come; the reader gets those that are kept, and its loop ends. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<RunEvent, void, undefined> {
    for (;;) {
      for (let event = this.#kept.shift(); event; event = this.#kept.shift()) yield event;
      if (this.#ended) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        if (this.#ended || this.#kept.length > 0) resolve();
      });
    }
  }
}
