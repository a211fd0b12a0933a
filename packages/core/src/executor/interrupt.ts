/** When, and why, an {@link Interrupt} ends by itself. */
export interface Deadline {
  afterMs: number;
  reason(): unknown;
}

/**
 * A signal that aborts with another one, or when a time is over, and waits that end with it. One listener and one timer
 * serve all waits, because a run has many.
 */
export class Interrupt {
  #controller: AbortController | undefined;
  #aborted: { reason: unknown } | undefined;
  readonly #waits = new Set<(reason: unknown) => void>();
  readonly #end: () => void;

  constructor(outer: AbortSignal | undefined, { afterMs, reason }: Deadline) {
    const onAbort = () => this.#abort(outer?.reason);
    const timer = setTimeout(() => this.#abort(reason()), afterMs);
    outer?.addEventListener("abort", onAbort, { once: true });
    if (outer?.aborted) onAbort();
    this.#end = () => {
      clearTimeout(timer);
      outer?.removeEventListener("abort", onAbort);
    };
  }

  /** Made when it is first asked for: a signal costs more than a whole step that does not look at it. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort(this.#aborted.reason);
    }
    return this.#controller.signal;
  }

  get isAborted(): boolean {
    return this.#aborted !== undefined;
  }

  /** Throws the signal's reason once it has aborted. */
  throwIfAborted(): void {
    if (this.#aborted) throw this.#aborted.reason;
  }

  /**
   * Waits for work that may not listen to the signal: when it aborts, the wait ends with its reason, and what the work
   * comes to later is let go.
   */
  async wait<T>(work: T | Promise<T>): Promise<T> {
    if (!(work instanceof Promise)) return work;
    this.throwIfAborted();
    let stop: (reason: unknown) => void = () => {};
    try {
      return await new Promise<T>((resolve, reject) => {
        stop = reject;
        this.#waits.add(stop);
        work.then(resolve, reject);
      });
    } finally {
      this.#waits.delete(stop);
    }
  }

  /** Lets go of the outer signal and the timer. */
  end(): void {
    this.#end();
  }

  #abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = { reason };
    this.#controller?.abort(reason);
    for (const stop of this.#waits) stop(reason);
  }
}
