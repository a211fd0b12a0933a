import type { RunPriority } from "./run-record.ts";

/** What a consumer does with a run after it was processed. */
export type Disposition =
  /** The run is finished; its job leaves the queue. */
  | { kind: "done" }
  /** The run comes back at `until` (epoch milliseconds, an integer), in its old order. */
  | { kind: "park"; until: number }
  /** The run comes back at once, for this or another consumer. */
  | { kind: "requeue" };

/** A run in the queue; a run's record is one. */
export interface QueueEntry {
  id: string;
  /** Default `normal`. */
  priority?: RunPriority | undefined;
  /** It is not taken before this time, in epoch milliseconds. Default: at once. */
  notBefore?: number | undefined;
}

/** How runs are taken from the queue. */
export interface ConsumeOptions {
  /** Runs processed at the same time. */
  concurrency: number;
  /** Takes nothing before {@link Consumer.resume}. Default false. */
  startsPaused?: boolean | undefined;
  /**
   * Processes one run. The signal aborts when the run was lost to another consumer, or with a SluiceError
   * SHUTDOWN when the consumer closes for good, or with what `stop` is given: whoever processes may end his own work.
   * A thrown error requeues the run and is reported to `onError`.
   */
  process(runId: string, signal: AbortSignal, stop: (reason: unknown) => void): Promise<Disposition>;
  /**
   * Told when the consumer has let go of a run that is done or parked: from now on {@link RunQueue.add} takes a run
   * that is done, and {@link RunQueue.remove} one that is parked. Default: nobody is told.
   */
  onReleased?: ((runId: string) => Promise<void>) | undefined;
  /** Connection and processing errors, for the log; never fatal by themselves. */
  onError(error: unknown): void;
}

/** A running consumer. */
export interface Consumer {
  /**
   * Takes no more runs until {@link resume}; those at work go on. This consumer alone stops, and it asks nothing of the
   * store meanwhile. A run that was just being taken goes back to its place.
   */
  pause(): Promise<void>;
  /** Takes runs again. */
  resume(): Promise<void>;
  /**
   * Takes no more runs, waits up to `graceMs` for those at work, then aborts their signals and lets go.
   * Resolves in bounded time even when the store is gone.
   */
  close(graceMs: number): Promise<void>;
}

/**
 * The queue of runs: at least once, by priority and then first in first out, a run of a crashed consumer comes back by itself.
 *
 * It carries run ids only; everything else stands in the {@link RunStore}.
 */
export interface RunQueue {
  /**
   * Adds runs; one that is in the queue already is not added again, and keeps its priority and its time. An id alone
   * is an entry of normal priority.
   */
  add(runs: readonly (string | QueueEntry)[]): Promise<void>;
  /** Those of the runs that are not in the queue, neither waiting nor at work; cheaper than to add them again. */
  missing(runIds: readonly string[]): Promise<string[]>;
  consume(options: ConsumeOptions): Promise<Consumer>;
  /** Takes a run that nobody works on out of the queue; false when it was not there. */
  remove(runId: string): Promise<boolean>;
  /**
   * Pauses the queue for all consumers, also for those that start later: they finish what they work on and take nothing
   * more until {@link resume}. It is stored with the queue.
   */
  pause(): Promise<void>;
  resume(): Promise<void>;
  isPaused(): Promise<boolean>;
}
