import { SluiceError } from "@sluice/core";

/** Runs that go together are told together. */
const TELL_AFTER_MS = 500;

/** What one worker has in hand, and what it lost. */
export class Workload {
  readonly #onError: (error: unknown) => void;
  #atWork = 0;
  #lost = 0;
  #gone = 0;
  #untold: string[] = [];

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

  /** Runs that the store forgot while this worker worked on them. */
  get gone(): number {
    return this.#gone;
  }

  begin(): void {
    this.#atWork += 1;
  }

  end(): void {
    this.#atWork -= 1;
  }

  noteGone(runId: string): void {
    this.#gone += 1;
    this.#untold.push(runId);
    if (this.#untold.length === 1) setTimeout(() => this.#tellOfGone(), TELL_AFTER_MS).unref();
  }

  #tellOfGone(): void {
    const runs = this.#untold.splice(0);
    this.#onError(
      new SluiceError("RUN_GONE", {
        message:
          `Runs lost: ${runs.length} known to this process. The store does not have them any more (${runs.slice(0, 5).join(", ")}` +
          `${runs.length > 5 ? ", …" : ""}): it was emptied, or restarted without what it held. Enqueue their documents ` +
          "again; answers that were bought are asked again unless the cache has them. Redis keeps runs over a restart with appendonly yes.",
        facts: { runs },
      }),
    );
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
