import type { OnRunEvent, SluiceError } from "@sluice/core";
import type { RunRecord } from "../backend/run-record.ts";
import type { ClosedIntake } from "./admit.ts";

/** What a worker tells of itself at any time. */
export interface WorkerStatus {
  /** Why it was halted; null while it was not. It takes no more runs then. */
  readonly haltedBy: SluiceError | null;
  /** Why no runs are taken now, and until when; null while they are. Needs a ledger. */
  readonly closed: ClosedIntake | null;
  /** Whether it was told to close, or was halted. */
  readonly isClosing: boolean;
  /** Runs at work now. */
  readonly atWork: number;
  /** Runs that were lost to another worker, and whose late results were discarded; each was told to `onError`. */
  readonly lost: number;
  /** Runs that the store forgot while they were at work: it was emptied, or restarted without what it held. */
  readonly gone: number;
}

/** Hears what a worker does, as it does it, for example to count it. Nothing in it may throw. */
export interface WorkerObserver {
  /** The worker has started. It may have taken runs before. */
  onStart(worker: WorkerStatus): void;
  /** A run is in the worker's hands; gives what hears its events until it is let go of. */
  eventsOf(run: Pick<RunRecord, "pipeline">): OnRunEvent;
}
