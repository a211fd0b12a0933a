import type { RunStatus } from "@sluice/core";
import type { BatchRecord, RunRecord, StatusCounts } from "./run-record.ts";

/** A run to be stored, with its input as JSON text (null for a document that could not be loaded). */
export interface NewRun {
  record: RunRecord;
  input: string | null;
}

/** Which runs to list; all conditions hold together. */
export interface RunFilter {
  batchId?: string | undefined;
  status?: readonly RunStatus[] | undefined;
  /** Default: no limit. */
  limit?: number | undefined;
}

/** The records of batches and runs. It knows nothing of queues. */
export interface RunStore {
  /**
   * Stores a batch (once) and some of its runs, all or none of them; may be called again for the next runs of the
   * same batch. A run whose id exists already stays as it is.
   */
  create(batch: BatchRecord, runs: readonly NewRun[]): Promise<void>;
  get(runId: string): Promise<RunRecord | undefined>;
  /**
   * Changes a run by compare-and-set: `change` sees the stored record and returns the next one, or null to leave it.
   * It may be called more than once. `output` (JSON text) is stored together with the change.
   *
   * @returns the record as it stands afterwards, and whether this call changed it; undefined when there is no such run.
   */
  update(
    runId: string,
    change: (run: RunRecord) => RunRecord | null,
    output?: string,
  ): Promise<{ run: RunRecord; changed: boolean } | undefined>;
  /** The run's input as JSON text, or undefined when there is none. */
  readInput(runId: string): Promise<string | undefined>;
  /** The run's output as JSON text, or undefined when it has none (yet). */
  readOutput(runId: string): Promise<string | undefined>;
  /** Runs newest batch first, and inside a batch in the order they were enqueued. Reads in pages, so that memory stays bounded. */
  list(filter?: RunFilter): AsyncIterable<RunRecord>;
  getBatch(batchId: string): Promise<BatchRecord | undefined>;
  /** Newest first. */
  listBatches(limit: number): Promise<BatchRecord[]>;
  /** One cheap read, whatever the size of the batch. */
  countByStatus(batchId: string): Promise<StatusCounts>;
  /** The ids of runs and batches that begin with `prefix`, at most `limit` of each. */
  findIds(prefix: string, limit: number): Promise<{ runs: string[]; batches: string[] }>;
}
