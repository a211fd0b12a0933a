import { type Clock, randomId, toErrorRecord } from "@sluice/core";
import type { Backend } from "../backend/backend.ts";
import { type EnqueueRequest, enqueue } from "../client/enqueue.ts";
import type { Registry } from "../worker/registry.ts";
import { nextTick } from "./next-tick.ts";
import type { Schedule, ScheduledPaths, ScheduleTick } from "./schedule.ts";
import { changeSchedule } from "./schedule-list.ts";
import { claimed, ended, LEASE_MS, mayTake, released } from "./tick-policy.ts";

/** Documents to enqueue, and how many there will be. */
export type ScheduledItems = Pick<EnqueueRequest, "items" | "total">;

/** Finds the documents of a schedule on this machine. It should stop when the signal aborts. */
export type LoadScheduled = (
  paths: ScheduledPaths,
  context: { schedule: Schedule; signal: AbortSignal },
) => Promise<ScheduledItems>;

/** What ticks are taken with. */
export interface TickDeps {
  backend: Backend;
  registry: Registry;
  load: LoadScheduled;
  clock: Clock;
  /** Aborts when whoever takes ticks is to stop: the tick is given back. */
  signal: AbortSignal;
}

/**
 * Takes a tick of a schedule, unless somebody else has it: enqueues what it names, and stores what came of it.
 *
 * The schedule itself says who is at work on it, so that of all processes one takes a tick, and a schedule never
 * overlaps itself. It moves on only when the tick is over: whoever dies over one is made up for when his claim has run
 * out, and enqueueing the same documents again does no harm.
 *
 * @param which the tick that is due, or one now, whatever is due.
 * @returns the schedule afterwards; undefined when the tick was not to be taken, or was given back.
 */
export async function takeTick(
  name: string,
  which: "due" | "now",
  deps: TickDeps,
): Promise<Schedule | undefined> {
  const { backend, signal } = deps;
  const id = randomId(12);
  let takenAt = 0;
  const schedule = await changeSchedule(backend, name, (present, now) => {
    takenAt = now;
    return mayTake(present, which, now) ? claimed(present, id, now) : null;
  });
  if (!schedule) return undefined;
  const result = await whileClaimed(schedule, id, deps, (stop) =>
    enqueueTick(schedule, { ...deps, signal: stop }).catch((error: unknown) => ({
      ...nothing,
      error: toErrorRecord(error),
    })),
  );
  if (signal.aborted) {
    await changeSchedule(backend, name, (present) => released(present, id));
    return undefined;
  }
  const tick = { at: takenAt, ...result };
  return changeSchedule(backend, name, (present, now) =>
    ended(present, id, { tick, nextAt: nextTick(present, now) }),
  );
}

type TickResult = Omit<ScheduleTick, "at">;

const nothing: TickResult = { batchId: null, queued: 0, failed: 0, error: null };

async function enqueueTick(schedule: Schedule, deps: TickDeps): Promise<TickResult> {
  const { backend, registry, clock, signal } = deps;
  const pipeline = registry.find(schedule.pipeline);
  const { priority, fresh } = schedule;
  const { items, total } = await itemsOf(schedule, deps);
  const { batchId, queued, failed, ...enqueued } = await enqueue(backend, {
    ...{ pipeline, priority, fresh, total, clock },
    onlyNew: !fresh,
    items: untilAborted(items, signal),
  });
  return { ...nothing, batchId: enqueued.total > 0 ? batchId : null, queued, failed };
}

function itemsOf(schedule: Schedule, { load, signal }: TickDeps): ScheduledItems | Promise<ScheduledItems> {
  const { source } = schedule;
  if (source.kind === "paths") return load(source, { schedule, signal });
  return { items: [{ document: { id: null, name: source.name }, input: source.input }], total: 1 };
}

async function* untilAborted<T>(items: AsyncIterable<T> | Iterable<T>, signal: AbortSignal) {
  for await (const item of items) {
    signal.throwIfAborted();
    yield item;
  }
}

/** Works with a signal that also aborts when the claim is lost, and renews it meanwhile. */
async function whileClaimed<T>(
  { name }: Schedule,
  id: string,
  { backend, signal }: TickDeps,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const lost = new AbortController();
  const renew = async () => {
    const isOurs = await changeSchedule(backend, name, (present, now) =>
      present.claim?.id === id ? claimed(present, id, now) : null,
    );
    if (!isOurs) lost.abort();
  };
  // A renewal that fails is made up for by the next; the claim outlives two of them.
  const timer = setInterval(() => void renew().catch(() => {}), LEASE_MS / 3);
  timer.unref();
  try {
    return await work(AbortSignal.any([signal, lost.signal]));
  } finally {
    clearInterval(timer);
  }
}
