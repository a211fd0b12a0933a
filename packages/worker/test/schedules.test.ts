import { code, definePipeline, MINUTE_MS, openRouter, randomId, SluiceError } from "@sluice/core";
import { ManualClock } from "@sluice/core/testing";
import {
  addSchedule,
  type Backend,
  createRegistry,
  type EnqueueItem,
  type LoadScheduled,
  listSchedules,
  removeSchedule,
  runSchedule,
  type Schedule,
  type ScheduleRequest,
  startWorker,
  type WorkerOptions,
} from "@sluice/worker";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { type Place, placesOfTest } from "./places.ts";
import { withStoreClock } from "./store-clock.ts";

const NOON = Date.UTC(2026, 10, 22, 12);
const EVERY_MS = 10 * MINUTE_MS;

const letters = definePipeline({ name: "letters", version: 1, input: z.object({ text: z.string() }) }).step(
  "size",
  code({ output: z.number(), run: ({ input }) => input.text.length }),
);
const registry = createRegistry([letters]);
const models = openRouter({ apiKey: "nobody", baseUrl: "http://127.0.0.1:9" });

/** A folder of documents that no other test has. */
function makeInbox() {
  const items: EnqueueItem[] = [];
  const seen = { loads: 0 };
  const load: LoadScheduled = async () => {
    seen.loads += 1;
    return { items: [...items], total: items.length };
  };
  const add = (text: string) =>
    void items.push({ document: { id: randomId(8), name: `${text}.txt` }, input: { text } });
  const addUnreadable = () =>
    void items.push({
      document: { id: null, name: `${randomId(8)}.pdf` },
      error: { code: "DOCUMENT_EMPTY", message: "It holds no text." },
    });
  return { items, seen, load, add, addUnreadable };
}

/** Something that is held up until it is let go. */
function makeGate() {
  let letGo = () => {};
  const hold = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  return { hold, letGo };
}

describe.each(await placesOfTest())("schedules, on $name", ({ isPresent, make, stop }) => {
  let place: Place;
  let store: Backend;

  beforeAll(async () => {
    place = await make();
    store = await place.open();
  });

  afterAll(async () => {
    await store.close();
    await place.remove();
    await stop();
  });

  const promise = it.skipIf(!isPresent);

  /** A schedule of its own on a store with a clock of its own. */
  async function scheduled(more: Partial<ScheduleRequest> = {}) {
    const clock = new ManualClock(NOON);
    const backend = withStoreClock(store, clock);
    const name = `s-${randomId(8)}`;
    await addSchedule(backend, {
      name,
      pipeline: "letters",
      timing: { kind: "every", everyMs: EVERY_MS },
      source: { kind: "paths", paths: ["inbox"], folder: "/srv" },
      ...more,
    });
    const find = async () => (await listSchedules(backend)).find((one) => one.name === name);
    const ticked = async (at: number): Promise<Schedule> => {
      await expect.poll(async () => (await find())?.lastTick?.at, { timeout: 15_000, interval: 10 }).toBe(at);
      const schedule = await find();
      if (!schedule) throw new Error("the schedule is gone");
      return schedule;
    };
    const remove = () => removeSchedule(backend, name);
    return { clock, backend, name, find, ticked, [Symbol.asyncDispose]: remove };
  }

  /** A worker that looks at the list all the time. */
  async function workOn(backend: Backend, load: LoadScheduled, more: Partial<WorkerOptions> = {}) {
    const errors: unknown[] = [];
    const ticks: Schedule[] = [];
    const worker = await startWorker({
      ...{ backend, registry, models },
      schedules: { load, lookEveryMs: 10, onTick: (schedule) => void ticks.push(schedule) },
      onError: (error) => void errors.push(error),
      ...more,
    });
    const close = () => worker.close();
    return { worker, errors, ticks, close, [Symbol.asyncDispose]: close };
  }

  const sizeOf = async (batchId: string | null | undefined) => {
    const counts = await store.runs.countByStatus(batchId ?? "");
    return Object.values(counts).reduce((sum, count) => sum + count, 0);
  };

  promise("takes at each tick what is new, and makes no batch when nothing is", async () => {
    await using schedule = await scheduled();
    const inbox = makeInbox();
    for (const text of ["one", "two"]) inbox.add(text);
    inbox.addUnreadable();
    await using _worker = await workOn(schedule.backend, inbox.load);
    const first = await schedule.ticked(NOON);
    expect(first.lastTick).toMatchObject({ queued: 2, failed: 1, error: null });
    expect(await sizeOf(first.lastBatchId)).toBe(3);
    expect(first.nextAt).toBe(NOON + EVERY_MS);

    schedule.clock.advance(EVERY_MS);
    const second = await schedule.ticked(NOON + EVERY_MS);
    expect(second.lastTick).toMatchObject({ queued: 0, failed: 0, batchId: null });
    expect(second.lastBatchId).toBe(first.lastBatchId);

    inbox.add("three");
    schedule.clock.advance(EVERY_MS);
    const third = await schedule.ticked(NOON + 2 * EVERY_MS);
    expect(third.lastTick).toMatchObject({ queued: 1, failed: 0 });
    expect(await sizeOf(third.lastBatchId)).toBe(1);
  });

  promise("enqueues an input of its own again and again when it is to be fresh", async () => {
    const source = { kind: "input", name: "report", input: { text: randomId(8) } } as const;
    await using schedule = await scheduled({ source, fresh: true, priority: "low" });
    await using _worker = await workOn(schedule.backend, makeInbox().load);
    const first = await schedule.ticked(NOON);
    schedule.clock.advance(EVERY_MS);
    const second = await schedule.ticked(NOON + EVERY_MS);
    expect(second.lastBatchId).not.toBe(first.lastBatchId);
    for await (const run of store.runs.list({ batchId: second.lastBatchId ?? "" })) {
      expect(run).toMatchObject({ document: { name: "report" }, fresh: true, priority: "low" });
    }
    expect(await sizeOf(second.lastBatchId)).toBe(1);
  });

  promise("takes each tick exactly once, however many workers there are", async () => {
    await using schedule = await scheduled();
    const inbox = makeInbox();
    await using _one = await workOn(schedule.backend, inbox.load);
    await using _two = await workOn(schedule.backend, inbox.load);
    await using _three = await workOn(schedule.backend, inbox.load);
    for (let tick = 0; tick < 10; tick++) {
      await schedule.ticked(NOON + tick * EVERY_MS);
      expect(inbox.seen.loads).toBe(tick + 1);
      schedule.clock.advance(EVERY_MS);
    }
  });

  promise("takes one late tick after a time when there was no worker, and keeps to its times", async () => {
    await using schedule = await scheduled();
    const inbox = makeInbox();
    const late = 1_000 * EVERY_MS + 17;
    schedule.clock.advance(late);
    await using worker = await workOn(schedule.backend, inbox.load);
    const { nextAt } = await schedule.ticked(NOON + late);
    expect(nextAt).toBe(NOON + 1_001 * EVERY_MS);
    schedule.clock.advance(EVERY_MS - 17);
    await schedule.ticked(nextAt);
    expect(worker.ticks).toHaveLength(2);
    expect(inbox.seen.loads).toBe(2);
  });

  promise("does not overlap itself, and skips the times that went by meanwhile", async () => {
    await using schedule = await scheduled({ timing: { kind: "every", everyMs: 10_000 } });
    const inbox = makeInbox();
    const { hold, letGo } = makeGate();
    const slow: LoadScheduled = async (...given) => {
      const loaded = await inbox.load(...given);
      await hold;
      return loaded;
    };
    await using _one = await workOn(schedule.backend, slow);
    await using _two = await workOn(schedule.backend, slow);
    await expect.poll(() => inbox.seen.loads).toBe(1);
    schedule.clock.advance(35_000);
    const now = await runSchedule(schedule.backend, schedule.name, { registry, load: slow });
    expect(now).toBeUndefined();
    expect(inbox.seen.loads).toBe(1);
    letGo();
    expect((await schedule.ticked(NOON)).nextAt).toBe(NOON + 40_000);
  });

  promise("makes up for a worker that died over a tick, whose late end changes nothing", async () => {
    await using schedule = await scheduled();
    const inbox = makeInbox();
    const { hold, letGo } = makeGate();
    const dead: LoadScheduled = async (...given) => {
      await inbox.load(...given);
      await hold;
      throw new Error("late");
    };
    const { backend, name } = schedule;
    const late = runSchedule(backend, name, { registry, load: dead });
    await expect.poll(() => inbox.seen.loads).toBe(1);
    await using _worker = await workOn(backend, inbox.load);
    schedule.clock.advance(59_000);
    expect((await schedule.find())?.lastTick).toBeNull();
    expect(inbox.seen.loads).toBe(1);
    schedule.clock.advance(1_000);
    const taken = await schedule.ticked(NOON + MINUTE_MS);
    letGo();
    expect(await late).toBeUndefined();
    expect(await schedule.find()).toEqual(taken);
  });

  promise("gives a tick back when its worker closes, for another worker at once", async () => {
    await using schedule = await scheduled();
    const inbox = makeInbox();
    const untilStopped: LoadScheduled = async (paths, { schedule: one, signal }) => {
      await inbox.load(paths, { schedule: one, signal });
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      throw signal.reason;
    };
    const first = await workOn(schedule.backend, untilStopped);
    await expect.poll(() => inbox.seen.loads).toBe(1);
    await first.close();
    expect(await schedule.find()).toMatchObject({ claim: null, lastTick: null, nextAt: NOON });
    await using _second = await workOn(schedule.backend, inbox.load);
    await schedule.ticked(NOON);
  });

  promise("keeps why a tick failed, and goes on with the next one", async () => {
    await using schedule = await scheduled();
    const inbox = makeInbox();
    inbox.add("one");
    let isAway = true;
    const load: LoadScheduled = async (...given) => {
      if (isAway) throw new SluiceError("DOCUMENT_NOT_FOUND", { message: '"inbox" does not exist.' });
      return inbox.load(...given);
    };
    await using worker = await workOn(schedule.backend, load);
    const { lastTick } = await schedule.ticked(NOON);
    expect(lastTick?.error).toEqual({ code: "DOCUMENT_NOT_FOUND", message: '"inbox" does not exist.' });
    isAway = false;
    schedule.clock.advance(EVERY_MS);
    expect((await schedule.ticked(NOON + EVERY_MS)).lastTick).toMatchObject({ queued: 1, error: null });
    expect(worker.errors).toEqual([]);
  });

  promise("leaves the schedules of pipelines that a worker does not know to others", async () => {
    await using foreign = await scheduled({ pipeline: "invoices" });
    await using own = await scheduled();
    const inbox = makeInbox();
    await using _worker = await workOn(own.backend, inbox.load);
    await own.ticked(NOON);
    own.clock.advance(EVERY_MS);
    await own.ticked(NOON + EVERY_MS);
    expect(await foreign.find()).toMatchObject({ lastTick: null, claim: null });
  });

  promise("takes ticks while the account is closed", async () => {
    await using schedule = await scheduled();
    const inbox = makeInbox();
    inbox.add("one");
    const spent = { used: 50, perDay: 50, usedToday: 50, halted: null, usedInWindow: 0, perMinute: 20 };
    const now = Date.now();
    const times = { now, dayEndsAt: now + 3_600_000, nextSlotAt: now + 3_600_000 };
    const ledger = { status: async () => ({ ...spent, ...times }) } as unknown as WorkerOptions["ledger"];
    await using closed = await workOn(schedule.backend, inbox.load, { ledger });
    expect(closed.worker.closed).toMatchObject({ why: "day" });
    const { lastBatchId } = await schedule.ticked(NOON);
    expect((await store.runs.countByStatus(lastBatchId ?? "")).queued).toBe(1);
    for await (const { id } of store.runs.list({ batchId: lastBatchId ?? "" })) await store.queue.remove(id);
  });

  promise("is taken now when told, and then again when it is due", async () => {
    const timing = { kind: "cron", pattern: "0 7 * * 1-5", timeZone: "Europe/Berlin" } as const;
    await using schedule = await scheduled({ timing });
    const due = Date.UTC(2026, 10, 23, 6);
    const inbox = makeInbox();
    inbox.add("one");
    const { backend, name } = schedule;
    const now = await runSchedule(backend, name, { registry, load: inbox.load });
    expect(now).toMatchObject({ lastTick: { at: NOON, queued: 1 }, nextAt: due, claim: null });
    schedule.clock.advance(due - NOON);
    await using _worker = await workOn(backend, inbox.load);
    expect((await schedule.ticked(due)).nextAt).toBe(due + 24 * 60 * MINUTE_MS);
  });

  promise("refuses what is wrong before anything is stored", async () => {
    await using schedule = await scheduled();
    const before = await listSchedules(store);
    const source = { kind: "paths", paths: ["inbox"], folder: "/srv" } as const;
    const add = (more: Partial<ScheduleRequest>) =>
      addSchedule(store, {
        ...{ name: "other", pipeline: "letters", source },
        timing: { kind: "every", everyMs: EVERY_MS },
        ...more,
      });
    const cron = (pattern: string, timeZone = "UTC") => ({ kind: "cron", pattern, timeZone }) as const;
    for (const wrong of [
      { name: schedule.name },
      { name: "two words" },
      { name: "" },
      { timing: cron("every day") },
      { timing: cron("0 7 * * *", "Nowhere") },
      { timing: { kind: "every", everyMs: 5 } as const },
    ])
      await expect(add(wrong)).rejects.toMatchObject({ code: "OPTION_INVALID" });
    expect(await listSchedules(store)).toEqual(before);
  });

  promise("is gone when it is removed, and says so", async () => {
    const { backend, name } = await scheduled();
    await removeSchedule(backend, name);
    const known = { code: "SCHEDULE_UNKNOWN", message: expect.stringContaining(`no schedule "${name}"`) };
    await expect(removeSchedule(backend, name)).rejects.toMatchObject(known);
    const run = runSchedule(backend, name, { registry, load: makeInbox().load });
    await expect(run).rejects.toMatchObject(known);
  });
});
