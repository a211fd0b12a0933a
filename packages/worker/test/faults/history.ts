import type { RunRecord } from "@sluice/worker";

/** One request as the model server saw it. */
export interface Arrival {
  /** Epoch milliseconds of the server's clock. */
  at: number;
  /** The document it asked about. */
  document: string;
  model: string;
  status: number;
  /** Whether every model it was routed to is free. */
  isFree: boolean;
  /** Whether it was counted against the day. */
  isCounted: boolean;
}

/** A run as it stands after everything was healed. */
export interface EndedRun {
  record: RunRecord;
  /** JSON text. */
  output: string | undefined;
}

/** An output that a process said was recorded. */
export interface RecordedStep {
  at: number;
  run: string;
  step: string;
}

/** Everything that was seen from outside of what happened to some documents. */
export interface History {
  /** Documents that were accepted: their enqueueing was confirmed. */
  accepted: readonly string[];
  arrivals: readonly Arrival[];
  runs: readonly EndedRun[];
  recorded: readonly RecordedStep[];
  /** What the ledger counts for the day, and what the server does. */
  ledgerUsed: number;
  serverUsed: number;
  /** What every process printed, and what the store holds. */
  texts: readonly string[];
}
