import type { ErrorRecord } from "@sluice/core";
import { z } from "zod";
import { type RunPriority, runPriorities } from "../backend/run-record.ts";

/** When a schedule's ticks come. */
export type ScheduleTiming =
  /** Five fields of cron, by the clocks of an IANA time zone. */
  | { kind: "cron"; pattern: string; timeZone: string }
  /** Again and again, counted from when the schedule was added, so that it does not drift. */
  | { kind: "every"; everyMs: number };

/** Documents; whoever takes a tick looks for them on its own machine. */
export interface ScheduledPaths {
  kind: "paths";
  /** Files, folders and globs, as they were given: they are part of the documents' names. */
  paths: readonly string[];
  /** Absolute; relative paths count from here. */
  folder: string;
}

/** What a tick enqueues: documents, or one input (plain JSON) under the name of a document. */
export type ScheduleSource = ScheduledPaths | { kind: "input"; input: unknown; name: string };

/** A tick that is over. */
export interface ScheduleTick {
  /** When it was taken, in epoch milliseconds by the store's clock. */
  at: number;
  /** The batch of its runs; null when it found nothing new. */
  batchId: string | null;
  /** New runs in the queue. */
  queued: number;
  /** Documents that could not be loaded; each is a failed run. */
  failed: number;
  /** Why it enqueued nothing, or not everything; null when it went well. */
  error: ErrorRecord | null;
}

/** Who is at work on a tick. Without a sign of life by `until` somebody else takes it. */
export interface ScheduleClaim {
  id: string;
  /** Epoch milliseconds by the store's clock. */
  until: number;
}

/**
 * Documents that are enqueued again and again, as it is stored.
 *
 * ```
 * { name: "inbox", pipeline: "letters", timing: { kind: "every", everyMs: 900000 },
 *   source: { kind: "paths", paths: ["inbox"], folder: "/srv/letters" }, nextAt: 1795338000000, … }
 * ```
 */
export interface Schedule {
  name: string;
  /** The newest version that the worker knows is taken. */
  pipeline: string;
  timing: ScheduleTiming;
  source: ScheduleSource;
  priority: RunPriority;
  /** Every tick makes new runs and asks models anew. Otherwise it takes what was never enqueued before. */
  fresh: boolean;
  /** Epoch milliseconds by the store's clock. */
  createdAt: number;
  /** When the next tick is due, in epoch milliseconds; in the past when nobody has taken it yet. */
  nextAt: number;
  /** Null while nobody is at work on a tick. */
  claim: ScheduleClaim | null;
  lastTick: ScheduleTick | null;
  /** The last batch that any tick made. */
  lastBatchId: string | null;
}

const timingSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("cron"), pattern: z.string(), timeZone: z.string() }),
  z.object({ kind: z.literal("every"), everyMs: z.number() }),
]);

const sourceSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("paths"), paths: z.array(z.string()), folder: z.string() }),
  z.object({ kind: z.literal("input"), input: z.unknown(), name: z.string() }),
]);

const tickSchema = z.object({
  at: z.number(),
  batchId: z.string().nullable(),
  queued: z.number(),
  failed: z.number(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
});

/** The stored form of a schedule, parsed whenever it is read. */
export const scheduleSchema: z.ZodType<Schedule> = z.object({
  name: z.string(),
  pipeline: z.string(),
  timing: timingSchema,
  source: sourceSchema,
  priority: z.enum(runPriorities),
  fresh: z.boolean(),
  createdAt: z.number(),
  nextAt: z.number(),
  claim: z.object({ id: z.string(), until: z.number() }).nullable(),
  lastTick: tickSchema.nullable(),
  lastBatchId: z.string().nullable(),
});
