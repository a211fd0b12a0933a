import { type RunStatus, runStatuses } from "@sluice/core";
import { z } from "zod";
import type { BatchRecord, RunRecord, StatusCounts } from "./run-record.ts";

/** A run to be stored, with its input as JSON text (null for a document that could not be loaded). */
export interface NewRun {
  record: RunRecord;
  input: string | null;
}

/** What became of a run that was to be stored. */
export interface StoredRun {
  /** The run that stands for it in the batch: itself, or the one that exists. */
  id: string;
  /**
   * - `new`: it was stored.
   * - `again`: it was stored, because the run that exists has failed or was cancelled.
   * - `existing`: a run with its input key exists, which is now a member of the batch, too.
   */
  how: "new" | "again" | "existing";
  /** The state of the run that stands for it. */
  status: RunStatus;
}

/** What a store answers of one run, parsed whenever it is read. */
export const storedRunSchema: z.ZodType<StoredRun> = z.object({
  id: z.string(),
  how: z.enum(["new", "again", "existing"]),
  status: z.enum(runStatuses),
});

/** Which runs to list; all conditions hold together. */
export interface RunFilter {
  batchId?: string | undefined;
  status?: readonly RunStatus[] | undefined;
  /** Default: no limit. */
  limit?: number | undefined;
  /** Told ids page by page, gives those that are of interest: the records of the others need not be read. Default: all. */
  among?: ((runIds: readonly string[]) => Promise<readonly string[]>) | undefined;
}

/** A part of what is stored of a run besides its record. */
export type RunPart =
  /** The document or other input. */
  | "input"
  /** The output, and the recorded outputs of its steps. */
  | "result";

/** The end of a run whose result was exported: one that is retried later ends at another time. */
export interface ExportedRun {
  id: string;
  /** Epoch milliseconds. */
  finishedAt: number;
}

/** Which runs may be removed. */
export interface RemovalTerms {
  /** Sees each stored record; a run that has changed after that stays. */
  isWanted(run: RunRecord): boolean | Promise<boolean>;
  /**
   * A run stays that joined a batch of this time or later, in epoch milliseconds: somebody who enqueued the same input
   * was told that it exists. Default: none stays for that.
   */
  notJoinedSince?: number | undefined;
}

/** A run as it is taken up. */
export interface OpenedRun {
  /** To be handed to {@link RunStore.update} as `seen`. */
  run: RunRecord;
  /** As {@link RunStore.readInput}, without another read. */
  readInput(): Promise<string | undefined>;
}

/** The records of batches and runs. It knows nothing of queues. */
export interface RunStore {
  /**
   * Stores a batch (once) and some of its runs, all or none of them; may be called again for the next runs of the
   * same batch. A run whose id exists already stays as it is.
   *
   * Of the runs with one input key only one is stored, however many processes store them at the same time: where one
   * exists that has not failed and was not cancelled, it becomes a member of this batch, too. A fresh run is always
   * stored, and stands for its input key from then on.
   *
   * @returns what became of each run, in the order given.
   */
  create(batch: BatchRecord, runs: readonly NewRun[]): Promise<StoredRun[]>;
  /** The ids of the runs that stand for input keys, by key; a key that no run stands for is left out. */
  findByInputKeys(inputKeys: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Corrects the number of runs in a batch's record, when fewer were enqueued than there were to be. */
  setTotal(batchId: string, total: number): Promise<void>;
  /** Notes in a batch's record how many requests it was planned to take. */
  setPlannedRequests(batchId: string, plannedRequests: number): Promise<void>;
  get(runId: string): Promise<RunRecord | undefined>;
  /** A run and its input in one read; undefined when there is no such run. */
  open(runId: string): Promise<OpenedRun | undefined>;
  /** Those of the runs that there are, in no particular order; one read however many they are. */
  getMany(runIds: readonly string[]): Promise<RunRecord[]>;
  /**
   * Changes a run by compare-and-set: `change` sees the stored record and returns the next one, or null to leave it.
   * It may be called more than once. `output` (JSON text) is stored together with the change. `seen` is the record as
   * `open` or an earlier update has given it: when it still stands, it need not be read again.
   *
   * @returns the record as it stands afterwards, and whether this call changed it; undefined when there is no such run.
   */
  update(
    runId: string,
    change: (run: RunRecord) => RunRecord | null,
    output?: string,
    seen?: RunRecord,
  ): Promise<{ run: RunRecord; changed: boolean } | undefined>;
  /** The run's input as JSON text, or undefined when there is none. */
  readInput(runId: string): Promise<string | undefined>;
  /** The run's output as JSON text, or undefined when it has none (yet). */
  readOutput(runId: string): Promise<string | undefined>;
  /**
   * Runs newest batch first, and inside a batch in the order they were enqueued; without a batch, each run once and
   * where it was new. Reads in pages, so that memory stays bounded.
   */
  list(filter?: RunFilter): AsyncIterable<RunRecord>;
  /**
   * Removes runs with all that is stored under their ids, checkpoints included; out of every batch they are members of,
   * its counts and its total, and out of what enqueueing knows, so that the same input is a new run afterwards. A batch
   * goes with its last run. Each run is removed whole or not at all, and in small steps however many they are.
   *
   * @returns the ids of those that were removed; when the store went away in between, some may be missing.
   */
  remove(runIds: readonly string[], terms: RemovalTerms): Promise<string[]>;
  /**
   * Drops parts of runs; the records stay, with all that lists and enqueueing know of them.
   *
   * @returns the ids of those that had any of it, as with {@link remove}.
   */
  removeParts(runIds: readonly string[], parts: readonly RunPart[], terms: RemovalTerms): Promise<string[]>;
  /** Notes that results were exported. Cheap also for many. */
  markExported(runs: readonly ExportedRun[]): Promise<void>;
  /** When those of the runs were finished whose results were exported, by run id; see {@link ExportedRun}. */
  findExported(runIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
  getBatch(batchId: string): Promise<BatchRecord | undefined>;
  /** Newest first. */
  listBatches(limit: number): Promise<BatchRecord[]>;
  /** One cheap read, whatever the size of the batch. */
  countByStatus(batchId: string): Promise<StatusCounts>;
  /** Those of the runs that are members of the batch, in no particular order; one read however many they are. */
  membersAmong(batchId: string, runIds: readonly string[]): Promise<string[]>;
  /** The ids of runs and batches that begin with `prefix`, at most `limit` of each. */
  findIds(prefix: string, limit: number): Promise<{ runs: string[]; batches: string[] }>;
}
