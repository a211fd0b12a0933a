import { SluiceError } from "@sluice/core";

/** What one worker has in hand, and what it lost. */
export class Workload {
  readonly #onError: (error: unknown) => void;
  #atWork = 0;
  #lost = 0;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** Runs at work now. */
  get atWork(): number {
    return this.#atWork;
  }

  /** Runs that were lost to another worker while this one worked on them. */
  get lost(): number {
    return this.#lost;
  }

  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#atWork += 1;
    try {
      return await work();
    } finally {
      this.#atWork -= 1;
    }
  }

  noteLost(runId: string): void {
    this.#lost += 1;
    this.#onError(
      new SluiceError("RUN_LOST", {
        message:
          `Run ${runId} was taken over by another worker while this one worked on it, because this one was silent for ` +
          "too long; what it brings late is discarded. Look for a step that blocks the event loop, or give the lock more time.",
        facts: { run: runId },
      }),
    );
  }
}
