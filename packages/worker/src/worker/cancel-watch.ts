import { type RunStatus, SluiceError } from "@sluice/core";
import type { RunStore } from "../backend/run-store.ts";

/** How often a worker looks whether the runs that it works on are still to be worked on. */
const LOOK_MS = 500;

interface Work {
  stop(reason: unknown): void;
  /** A run is not running yet when it is taken from the queue. */
  hasBegun: boolean;
}

/**
 * Stops the runs of one worker that somebody cancels, and those that the store has forgotten. It looks at the records of the runs at work, all of them in one
 * read, because the record is what counts: a message could be lost, and would need a way of its own on every backend.
 */
export class CancelWatch {
  readonly #runs: Pick<RunStore, "getMany">;
  readonly #works = new Map<string, Work>();
  #timer: NodeJS.Timeout | undefined;

  constructor(runs: Pick<RunStore, "getMany">) {
    this.#runs = runs;
  }

  /**
   * Begins to look after a run; `stop` is called with RUN_CANCELLED when it is cancelled, with RUN_GONE when it is gone.
   *
   * @returns what ends it.
   */
  watch(runId: string, stop: (reason: unknown) => void): () => void {
    const work: Work = { stop, hasBegun: false };
    this.#works.set(runId, work);
    this.#lookLater();
    return () => {
      // A run may be taken again while a lost piece of work on it has not ended yet.
      if (this.#works.get(runId) === work) this.#works.delete(runId);
    };
  }

  /** One look after the other while there is work, and none when there is not. */
  #lookLater(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(async () => {
      // A look that fails is made up for by the next; a store that is gone shows in everything else.
      await this.#look().catch(() => {});
      this.#timer = undefined;
      if (this.#works.size > 0) this.#lookLater();
    }, LOOK_MS);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    const looked = new Map(this.#works);
    for (const { id, status } of await this.#runs.getMany([...looked.keys()])) {
      const work = looked.get(id);
      looked.delete(id);
      if (!work) continue;
      if (isTakenAway(status, work.hasBegun)) work.stop(cancelled(id));
      work.hasBegun ||= status === "running";
    }
    for (const [id, { stop, hasBegun }] of looked) if (hasBegun) stop(gone(id));
  }
}

/** A run that was cancelled and is retried already is queued again: what is at work on it must stop all the same. */
function isTakenAway(status: RunStatus, hasBegun: boolean): boolean {
  return status === "cancelled" || (hasBegun && status === "queued");
}

function gone(runId: string): SluiceError {
  return new SluiceError("RUN_GONE", {
    message: `The store does not know run ${runId} any more: it was emptied, or restarted without what it held.`,
    facts: { run: runId },
  });
}

function cancelled(runId: string): SluiceError {
  return new SluiceError("RUN_CANCELLED", {
    message: `Run ${runId} was cancelled; what is recorded is kept, and \`sluice retry ${runId}\` goes on with it.`,
    facts: { run: runId },
  });
}
