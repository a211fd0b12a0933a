import { parseJson, type RunState, runStatuses, SluiceError } from "@sluice/core";
import { z } from "zod";

/** The document a run works on, as shown in lists and results. */
export interface RunDocument {
  /** SHA-256 of the document's bytes; null when it could not be loaded. */
  id: string | null;
  name: string;
}

/** A worker that works on a run, or was the last to. */
export interface Hold {
  worker: string;
  /** When it took the run up, in epoch milliseconds; with the worker's id, the name of this hold. */
  since: number;
  /** It waits for its turn, so that its worker's death is none of its doing; absent otherwise. */
  isWaiting?: boolean | undefined;
}

/** A worker that died, or lost its hold, while it worked on a run. */
export interface Crash extends Omit<Hold, "isWaiting"> {
  /** The path of the first step that was not recorded then. */
  step: string;
  /** When another worker took the run up, in epoch milliseconds. */
  noticedAt: number;
}

/** How soon a run is taken up, compared with others that wait. */
export type RunPriority = "urgent" | "normal" | "low";

/** Every priority, the first to be taken up first. */
export const runPriorities = ["urgent", "normal", "low"] as const satisfies readonly RunPriority[];

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
  priority: RunPriority;
  /**
   * Hash of everything that makes it the same run when it is enqueued again: pipeline, version, definition, document
   * and input. Null in older records, and where no later enqueueing is to know the run again.
   */
  inputKey: string | null;
  /** Absent until the run is taken up first. */
  heldBy?: Hold | undefined;
  /** Crashes in one and the same step, oldest first, since the run was enqueued or retried; absent when there was none. */
  crashes?: readonly Crash[] | undefined;
}

/** Runs enqueued together. */
export interface BatchRecord {
  id: string;
  pipeline: string;
  version: number;
  /** Epoch milliseconds. */
  createdAt: number;
  /** Number of runs in the batch; while it is being enqueued, how many there will be. */
  total: number;
  /** Requests that its new runs were planned to take when nothing fails; absent where nobody has planned. */
  plannedRequests?: number | undefined;
}

/** How many runs of a batch are in each state. */
export type StatusCounts = Record<(typeof runStatuses)[number], number>;

/** Counts of a batch without any run. */
export function noCounts(): StatusCounts {
  return { queued: 0, running: 0, parked: 0, waiting: 0, completed: 0, failed: 0, cancelled: 0 };
}

/** Ids stand in keys, in statements, in the lines of a terminal and on command lines: nothing else is one. */
const ID = /^[A-Za-z0-9_-]{1,64}$/;

/** True for a text that can be the id of a run or a batch, or the beginning of one. */
export function isId(text: string): boolean {
  return ID.test(text);
}

const idSchema = z.string().regex(ID);
const holdSchema = z.object({ worker: z.string(), since: z.number() });
const crashSchema = holdSchema.extend({ step: z.string(), noticedAt: z.number() });

/** The stored form of a run, parsed whenever it is read; a field with a default is absent from older records. */
const runRecordSchema: z.ZodType<RunRecord> = z.object({
  id: idSchema,
  batchId: idSchema,
  pipeline: z.string(),
  version: z.number().int(),
  fingerprint: z.string(),
  document: z.object({ id: z.string().nullable(), name: z.string() }),
  fresh: z.boolean().default(false),
  priority: z.enum(runPriorities).default("normal"),
  inputKey: z.string().nullable().default(null),
  heldBy: holdSchema.extend({ isWaiting: z.boolean().optional() }).optional(),
  crashes: z.array(crashSchema).optional(),
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
  packs: z
    .array(z.object({ step: z.string(), id: z.string(), position: z.number().int(), size: z.number().int() }))
    .optional(),
  enqueuedAt: z.number(),
  startedAt: z.number().nullable(),
  finishedAt: z.number().nullable(),
  history: z
    .array(z.object({ status: z.enum(runStatuses), at: z.number(), why: z.string().optional() }))
    .default([]),
});

/** The stored form of a batch, parsed whenever it is read. */
const batchRecordSchema: z.ZodType<BatchRecord> = z.object({
  id: idSchema,
  pipeline: z.string(),
  version: z.number().int(),
  createdAt: z.number(),
  total: z.number().int(),
  plannedRequests: z.number().int().optional(),
});

/** A run as it is stored. @throws SluiceError STATE_INVALID when the text is damaged. */
export function parseRunRecord(text: string): RunRecord {
  return parseRecord(runRecordSchema, text, "run");
}

/** A batch as it is stored. @throws SluiceError STATE_INVALID when the text is damaged. */
export function parseBatchRecord(text: string): BatchRecord {
  return parseRecord(batchRecordSchema, text, "batch");
}

function parseRecord<T>(schema: z.ZodType<T>, text: string, what: "run" | "batch"): T {
  try {
    return schema.parse(parseJson(text));
  } catch (cause) {
    const id = /"id":"([\w-]{1,64})"/.exec(text)?.[1] ?? "of an unknown id";
    throw new SluiceError("STATE_INVALID", {
      message: `The record of ${what} ${id} in the store is damaged, or was written by another version of Sluice.`,
      facts: { [what]: id },
      cause,
    });
  }
}
