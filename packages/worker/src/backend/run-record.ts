import type { RunState } from "@sluice/core";
import { runStatuses } from "@sluice/core";
import { z } from "zod";

/** The document a run works on, as shown in lists and results. */
export interface RunDocument {
  /** SHA-256 of the document's bytes; null when it could not be loaded. */
  id: string | null;
  name: string;
}

/**
 * One run as it is stored, without its input and output (both are kept apart).
 *
 * ```
 * { id: "k7w2m9qd41zx", batchId: "b7k2", pipeline: "invoices", version: 1, fingerprint: "3f…",
 *   document: { id: "9f2c…", name: "acme.pdf" }, status: "queued", …RunState }
 * ```
 */
export interface RunRecord extends RunState {
  id: string;
  batchId: string;
  pipeline: string;
  version: number;
  /** Hash of the pipeline's definition that the run is executed with. */
  fingerprint: string;
  document: RunDocument;
  /** Asks models anew, whatever was answered before. */
  fresh: boolean;
}

/** Runs enqueued together. */
export interface BatchRecord {
  id: string;
  pipeline: string;
  version: number;
  /** Epoch milliseconds. */
  createdAt: number;
  /** Number of runs in the batch. */
  total: number;
}

/** How many runs of a batch are in each state. */
export type StatusCounts = Record<(typeof runStatuses)[number], number>;

/** Counts of a batch without any run. */
export function noCounts(): StatusCounts {
  return { queued: 0, running: 0, parked: 0, waiting: 0, completed: 0, failed: 0, cancelled: 0 };
}

/** The stored form of a run, parsed whenever it is read; a field with a default is absent from older records. */
export const runRecordSchema: z.ZodType<RunRecord> = z.object({
  id: z.string(),
  batchId: z.string(),
  pipeline: z.string(),
  version: z.number().int(),
  fingerprint: z.string(),
  document: z.object({ id: z.string().nullable(), name: z.string() }),
  fresh: z.boolean().default(false),
  status: z.enum(runStatuses),
  parkedUntil: z.number().nullable(),
  parkedWhy: z.string().nullable(),
  waitingFor: z
    .object({ step: z.string(), question: z.string(), until: z.number().nullable() })
    .nullable()
    .default(null),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  retries: z.number().int(),
  requestsBefore: z.number().int().default(0),
  requests: z.number().int(),
  models: z.array(z.string()),
  cached: z.boolean(),
  enqueuedAt: z.number(),
  startedAt: z.number().nullable(),
  finishedAt: z.number().nullable(),
});

/** The stored form of a batch, parsed whenever it is read. */
export const batchRecordSchema: z.ZodType<BatchRecord> = z.object({
  id: z.string(),
  pipeline: z.string(),
  version: z.number().int(),
  createdAt: z.number(),
  total: z.number().int(),
});
