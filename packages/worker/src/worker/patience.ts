import { type Clock, SluiceError } from "@sluice/core";

/** The first pause before a store is tried again, and the longest, in milliseconds. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 500;

/**
 * What may wait to be stored in one worker at a time, in bytes: an answer that was bought is worth its memory, but not
 * the process.
 */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

/** What a {@link Patience} is made with. */
export interface PatienceOptions {
  clock: Clock;
  /** Told once whenever the store begins to be away. */
  onError(error: unknown): void;
}

/** One call that may have to wait. */
interface PatientCall {
  /** Ends the wait. */
  signal: AbortSignal;
  /** What is kept in memory until the store takes it; default 0. */
  bytes?: number;
  /**
   * Asked when the signal has ended the wait: whether to go on all the same, or to try once more where the worker stops.
   * Default: no.
   */
  isStillOurs?(): Promise<boolean>;
}

/**
 * Waits out a store that is away or full, one for all runs of a worker. A run that waits asks for nothing else and keeps
 * its place among those at work, so that nothing piles up but what the runs at work have in hand.
 */
export class Patience {
  readonly #options: PatienceOptions;
  readonly #maxBytes: number;
  #waiting = 0;
  #bytes = 0;

  constructor(options: PatienceOptions, maxBytes = MAX_WAITING_BYTES) {
    this.#options = options;
    this.#maxBytes = maxBytes;
  }

  /** Calls that wait for the store now. */
  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Does the work, again and again while the store is away or full; the work must do no harm twice.
   *
   * @throws what the work last threw, once the signal has aborted or more waits than memory allows; and at once whatever
   *   waiting cannot help.
   */
  during<T>(work: () => Promise<T>, call: PatientCall): Promise<T> {
    return work().catch((error: unknown) => {
      if (!isPassing(error)) throw error;
      return this.#wait(work, call, error);
    });
  }

  async #wait<T>(work: () => Promise<T>, call: PatientCall, first: unknown): Promise<T> {
    const { bytes = 0 } = call;
    if (this.#bytes + bytes > this.#maxBytes) throw first;
    if (this.#waiting === 0) this.#options.onError(first);
    this.#waiting += 1;
    this.#bytes += bytes;
    try {
      return await this.#tryUntil(work, call, first);
    } finally {
      this.#waiting -= 1;
      this.#bytes -= bytes;
    }
  }

  async #tryUntil<T>(work: () => Promise<T>, { signal, isStillOurs }: PatientCall, first: unknown) {
    const { clock } = this.#options;
    let failure = first;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      if (!signal.aborted) await clock.sleep(pauseMs, signal).catch(() => {});
      if (signal.aborted && !(await isStillOurs?.().catch(() => false))) throw failure;
      try {
        return await work();
      } catch (error) {
        if (!isPassing(error) || SluiceError.has(signal.reason, "SHUTDOWN")) throw error;
        failure = error;
        if (signal.aborted) await clock.sleep(pauseMs);
      }
    }
  }
}

/** Whether the store may take later what it does not take now. */
export function isPassing(error: unknown): boolean {
  return SluiceError.has(error, "BACKEND_UNREACHABLE") || SluiceError.has(error, "BACKEND_FULL");
}
