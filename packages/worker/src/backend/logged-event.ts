import { z } from "zod";

const pack = z.object({ id: z.string(), position: z.number().int(), size: z.number().int() });
const usage = z.object({
  requests: z.number(),
  models: z.array(z.string()),
  cached: z.boolean(),
  packs: z
    .array(pack.extend({ step: z.string() }))
    .readonly()
    .optional(),
});
const error = z.object({ code: z.string(), message: z.string() });
const run = { runId: z.string() };
const step = { ...run, step: z.string() };

/** What a client, or a worker that stops, may put a run back into the queue for. */
const returns = ["retried", "decided", "resumed", "stopped"] as const;

const eventSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("run.started"),
    ...run,
    pipeline: z.string(),
    version: z.number(),
    resumedSteps: z.number(),
  }),
  z.object({ type: z.literal("step.started"), ...step, kind: z.string() }),
  z.object({
    type: z.literal("step.attempt"),
    ...step,
    attempt: z.object({
      model: z.string(),
      outcome: z.string(),
      detail: z.string(),
      durationMs: z.number(),
    }),
  }),
  z.object({ type: z.literal("step.packed"), ...step, pack }),
  z.object({
    type: z.literal("step.log"),
    ...step,
    message: z.string(),
    facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  }),
  z.object({ type: z.literal("step.completed"), ...step, cached: z.boolean() }),
  z.object({ type: z.literal("step.failed"), ...step, error }),
  z.object({ type: z.literal("run.parked"), ...run, until: z.number(), why: z.string() }),
  z.object({ type: z.literal("run.waiting"), ...step, until: z.number().nullable() }),
  z.object({ type: z.literal("run.queued"), ...run, why: z.enum(returns) }),
  z.object({ type: z.literal("run.completed"), ...run, usage }),
  z.object({ type: z.literal("run.cancelled"), ...run, usage }),
  z.object({ type: z.literal("run.failed"), ...run, error, usage }),
  z.object({
    type: z.literal("batch.enqueued"),
    pipeline: z.string(),
    version: z.number(),
    runs: z.number(),
  }),
]);

/**
 * What happened: the events of a run as its worker has them (`RunEvent`), and what clients do besides: `run.queued` for
 * a run that comes back, `batch.enqueued` for new ones. The question of an approve step is left out; it stands in the
 * run's record, and may quote a document.
 */
export type LogEvent = z.infer<typeof eventSchema>;

/** A run came back into the queue, by a person or from a worker that stops. */
export type QueuedEvent = Extract<LogEvent, { type: "run.queued" }>;

/** An event as the log keeps it. */
export interface LoggedEvent {
  /** Epoch milliseconds, by the clock of the process in which it happened. */
  at: number;
  /** The batch in which the run was new. */
  batchId: string;
  /** The name of the run's document; empty for an event of a whole batch. */
  document: string;
  event: LogEvent;
}

/** The stored form of an event, parsed whenever it is read. */
export const loggedEventSchema: z.ZodType<LoggedEvent> = z.object({
  at: z.number(),
  batchId: z.string(),
  document: z.string(),
  event: eventSchema,
});

/** The longest text of one event, in characters; longer ones are shortened. */
const MAX_CHARACTERS = 4_000;
const MAX_ITEMS = 10;

/** How long texts may be that are shortened: names and values, and what is said. */
interface Lengths {
  short: number;
  long: number;
}

/** The second is for texts that grow when they are escaped. */
const LENGTHS: readonly Lengths[] = [
  { short: 100, long: 1_000 },
  { short: 10, long: 100 },
];

/** The stored form of an event: JSON text of bounded length, whatever a step says or is called. */
export function loggedText({ at, batchId, document, event }: LoggedEvent): string {
  // A waiting run's event has its question, where it comes from the worker.
  const kept = event.type === "run.waiting" ? { ...event, question: undefined } : event;
  let text = JSON.stringify({ at, batchId, document, event: kept });
  for (const lengths of LENGTHS) {
    if (text.length <= MAX_CHARACTERS) break;
    const name = cut(document, lengths.short);
    text = JSON.stringify({ at, batchId, document: name, event: shortened(kept, lengths) });
  }
  return text;
}

function shortened(event: LogEvent, { short, long }: Lengths): LogEvent {
  const base = "step" in event ? { ...event, step: cut(event.step, short) } : event;
  switch (base.type) {
    case "step.log":
      return { ...base, message: cut(base.message, long), facts: fewFacts(base.facts, short) };
    case "step.attempt":
      return { ...base, attempt: { ...base.attempt, detail: cut(base.attempt.detail, long) } };
    case "step.failed":
      return { ...base, error: { ...base.error, message: cut(base.error.message, long) } };
    case "run.failed": {
      const { error: whole } = base;
      return { ...base, error: { ...whole, message: cut(whole.message, long) }, usage: brief(base) };
    }
    case "run.completed":
    case "run.cancelled":
      return { ...base, usage: brief(base) };
    default:
      return base;
  }
}

function fewFacts(facts: Readonly<Record<string, string | number | boolean>>, length: number) {
  const few = Object.entries(facts).slice(0, MAX_ITEMS);
  return Object.fromEntries(
    few.map(([name, value]) => [cut(name, length), typeof value === "string" ? cut(value, length) : value]),
  );
}

function brief({ usage: { models, ...rest } }: { usage: z.infer<typeof usage> }) {
  return { ...rest, models: models.slice(0, MAX_ITEMS), packs: rest.packs?.slice(0, MAX_ITEMS) };
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
