import { randomId } from "@sluice/core";
import { afterEach, describe, expect, it } from "vitest";
import type { Backend } from "./backend.ts";
import type { Consumer, Disposition } from "./run-queue.ts";

const PATIENCE = { timeout: 15_000, interval: 10 };
const DONE: Disposition = { kind: "done" };
const finish = async () => DONE;

/** The promises every run queue keeps. */
export function runQueueTestsuite(name: string, backend: () => Backend): void {
  const queue = () => backend().queue;
  const consumers: Consumer[] = [];
  const errors: unknown[] = [];

  /** Starts a consumer whose `process` sees a run's id, how often it was taken before, and the signal. */
  const consume = async (
    process: TakeRun,
    concurrency = 1,
    onReleased?: (runId: string) => Promise<void>,
    startsPaused = false,
  ) => {
    const taken: string[] = [];
    const consumer = await queue().consume({
      concurrency,
      startsPaused,
      process: async (runId, signal) => {
        const before = taken.filter((id) => id === runId).length;
        taken.push(runId);
        return process(runId, before, signal);
      },
      onReleased,
      onError: (error) => errors.push(error),
    });
    consumers.push(consumer);
    return { taken, consumer };
  };

  afterEach(async () => {
    await Promise.all(consumers.splice(0).map((consumer) => consumer.close(0)));
    errors.length = 0;
  });

  describe(`run queue: ${name}`, () => {
    it("gives each run to one of the consumers, once", async () => {
      const ids = newIds(60);
      const [first, second] = [await consume(finish, 3), await consume(finish, 3)];
      await queue().add(ids);
      const taken = () => [...first.taken, ...second.taken];
      await expect.poll(() => new Set(taken()).size, PATIENCE).toBe(ids.length);
      expect(taken().sort()).toEqual(ids.sort());
    });

    it("gives runs in the order in which they were added", async () => {
      const ids = newIds(25);
      await queue().add(ids.slice(0, 10));
      await queue().add(ids.slice(10));
      const { taken } = await consume(finish);
      await expect.poll(() => taken.length, PATIENCE).toBe(ids.length);
      expect(taken).toEqual(ids);
    });

    it("gives urgent runs first and low ones last, each kind in its order", async () => {
      const ids = newIds(6);
      const priorities = ["low", "normal", "urgent", "low", "normal", "urgent"] as const;
      await queue().add(priorities.map((priority, index) => ({ id: String(ids[index]), priority })));
      const { taken } = await consume(finish);
      await expect.poll(() => taken.length, PATIENCE).toBe(ids.length);
      expect(taken).toEqual([2, 5, 1, 4, 0, 3].map((index) => ids[index]));
    });

    it("keeps the priority of a run that comes back", async () => {
      const [low, normal, urgent, last] = fourIds();
      await queue().add([{ id: low, priority: "low" }]);
      const { taken } = await consume(async (runId, before) => {
        if (runId !== low || before > 0) return DONE;
        await queue().add([normal, { id: urgent, priority: "urgent" }, { id: last, priority: "low" }]);
        return { kind: "requeue" };
      });
      await expect.poll(() => taken, PATIENCE).toContain(last);
      expect(taken).toEqual([low, urgent, normal, low, last]);
    });

    it("gives a run not before its time, and then by its priority", async () => {
      const [later, first, gateRun, last] = fourIds();
      const notBefore = Date.now() + 500;
      const returns: number[] = [];
      await queue().add([
        { id: later, notBefore: notBefore + 0.5, priority: "urgent" },
        first,
        gateRun,
        last,
      ]);
      const { taken } = await consume(async (runId) => {
        if (runId === later) returns.push(Date.now());
        if (runId === gateRun) await untilTime(notBefore + 50);
        return DONE;
      });
      await expect.poll(() => taken, PATIENCE).toContain(last);
      expect(taken).toEqual([first, gateRun, later, last]);
      expect(returns[0]).toBeGreaterThanOrEqual(notBefore);
    });

    it("takes a run that is to wait out of the queue", async () => {
      const [run] = fourIds();
      await queue().add([{ id: run, notBefore: Date.now() + 3_600_000 }]);
      expect(await queue().remove(run)).toBe(true);
      expect(await queue().remove(run)).toBe(false);
    });

    it("does not add a run twice while it waits", async () => {
      const [run, last] = fourIds();
      await queue().add([run, run]);
      await queue().add([run, last]);
      const { taken } = await consume(finish);
      await expect.poll(() => taken, PATIENCE).toContain(last);
      expect(taken).toEqual([run, last]);
    });

    it("takes a finished run again when it is added again", async () => {
      const [run] = fourIds();
      const { taken, consumer } = await consume(finish);
      await queue().add([run]);
      await expect.poll(() => taken.length, PATIENCE).toBe(1);
      await expect.poll(() => addAndCount(run, taken), PATIENCE).toBeGreaterThan(1);
      await consumer.close(1_000);
      await queue().remove(run);
    });

    it("tells when a finished run has left, so that it can be added again at once", async () => {
      const [run] = fourIds();
      let releases = 0;
      const { taken } = await consume(finish, 1, async (runId) => {
        if (++releases === 1) await queue().add([runId]);
      });
      await queue().add([run]);
      await expect.poll(() => releases, PATIENCE).toBe(2);
      expect(taken).toEqual([run, run]);
      expect(await queue().remove(run)).toBe(false);
    });

    it("tells when a run is parked, so that it can be brought back before its time", async () => {
      const [run] = fourIds();
      const park: Disposition = { kind: "park", until: Date.now() + 3_600_000 };
      const { taken } = await consume(
        async (_runId, before) => (before === 0 ? park : DONE),
        1,
        async (runId) => {
          if (taken.length === 1 && (await queue().remove(runId))) await queue().add([runId]);
        },
      );
      await queue().add([run]);
      await expect.poll(() => taken, PATIENCE).toEqual([run, run]);
    });

    it("takes ids that look like numbers", async () => {
      const ids = [`${Date.now()}`, `-${Date.now()}`, `0${Date.now()}`];
      await queue().add(ids);
      const { taken } = await consume(finish);
      await expect.poll(() => taken, PATIENCE).toEqual(ids);
    });

    it("brings a parked run back at its time, before runs that still wait", async () => {
      const [parked, first, second, third] = fourIds();
      let until = 0;
      const returns: number[] = [];
      await queue().add([parked, first, second, third]);
      const { taken } = await consume(async (runId, before) => {
        if (runId === parked && before === 0) {
          until = Date.now() + 400;
          return { kind: "park", until: until + 0.5 };
        }
        if (runId === parked) returns.push(Date.now());
        if (runId === first) await untilTime(until + 50);
        return DONE;
      });
      await expect.poll(() => taken, PATIENCE).toContain(third);
      expect(taken).toEqual([parked, first, parked, second, third]);
      expect(returns[0]).toBeGreaterThanOrEqual(until);
    });

    it("brings a parked run back when nothing else happens", async () => {
      const [parked] = fourIds();
      const until = Date.now() + 300;
      const { taken } = await consume(async (_runId, before) =>
        before === 0 ? { kind: "park", until } : DONE,
      );
      await queue().add([parked]);
      await expect.poll(() => taken, { ...PATIENCE, timeout: 3_000 }).toEqual([parked, parked]);
    });

    it("gives a run that was put back to a consumer again", async () => {
      const [run] = fourIds();
      const { taken } = await consume(async (_runId, before) => (before < 3 ? { kind: "requeue" } : DONE));
      await queue().add([run]);
      await expect.poll(() => taken, PATIENCE).toEqual([run, run, run, run]);
    });

    it("keeps a run whose processing throws, and reports the error", async () => {
      const [run] = fourIds();
      const { taken } = await consume(async (_runId, before) => {
        if (before === 0) throw new Error("a fault in between");
        return DONE;
      });
      await queue().add([run]);
      await expect.poll(() => taken, PATIENCE).toEqual([run, run]);
      expect(errors).toContainEqual(new Error("a fault in between"));
    });

    it("takes a waiting run out of the queue, and only once", async () => {
      const [gone, stays] = fourIds();
      await queue().add([gone, stays]);
      expect(await queue().remove(gone)).toBe(true);
      expect(await queue().remove(gone)).toBe(false);
      const { taken } = await consume(finish);
      await expect.poll(() => taken, PATIENCE).toEqual([stays]);
    });

    it("takes a parked run out of the queue", async () => {
      const [parked, last] = fourIds();
      await queue().add([parked, last]);
      const { taken } = await consume(async (runId) =>
        runId === parked ? { kind: "park", until: Date.now() + 3_600_000 } : DONE,
      );
      await expect.poll(() => taken, PATIENCE).toContain(last);
      expect(await queue().remove(parked)).toBe(true);
    });

    it("gives nothing while it is paused, also to a consumer that starts then, and goes on when it is resumed", async () => {
      const [atWork, parked, waiting, last] = fourIds();
      const gate = newGate();
      let until = 0;
      const first = await consume(async (runId, before) => {
        if (runId === atWork) await gate.opened;
        if (runId !== parked || before > 0) return DONE;
        // Long enough for a slow machine to pause the queue before the run comes back.
        until = Date.now() + 2_000;
        return { kind: "park", until };
      }, 2);
      await queue().add([atWork, parked]);
      await expect.poll(() => first.taken, PATIENCE).toEqual([atWork, parked]);
      await queue().pause();
      await queue().pause();
      expect(await queue().isPaused()).toBe(true);
      await queue().add([waiting, last]);
      const second = await consume(finish);
      gate.open();
      await untilTime(until + 400);
      expect(await queue().remove(last)).toBe(true);
      expect([...first.taken, ...second.taken]).toEqual([atWork, parked]);
      await queue().resume();
      expect(await queue().isPaused()).toBe(false);
      const taken = () => [...first.taken, ...second.taken].slice(2).sort();
      await expect.poll(taken, { ...PATIENCE, timeout: 2_000 }).toEqual([parked, waiting].sort());
    });

    it("lets one consumer pause with its work going on, and the others take what comes", async () => {
      const [atWork, others, back] = fourIds();
      const gate = newGate();
      const first = await consume(() => gate.opened.then(finish), 2);
      await queue().add([atWork]);
      await expect.poll(() => first.taken, PATIENCE).toEqual([atWork]);
      await first.consumer.pause();
      await first.consumer.pause();
      const second = await consume(finish);
      await queue().add([others]);
      await expect.poll(() => second.taken, PATIENCE).toContain(others);
      await second.consumer.pause();
      await first.consumer.resume();
      await queue().add([back]);
      await expect.poll(() => first.taken, PATIENCE).toContain(back);
      expect(first.taken.length + second.taken.length).toBe(3);
      gate.open();
    });

    it("takes nothing before a consumer that was started paused is resumed, and closes it either way", async () => {
      const ids = newIds(12);
      await queue().add(ids);
      const [paused, never] = [
        await consume(finish, 4, undefined, true),
        await consume(finish, 1, undefined, true),
      ];
      const last = randomId(12);
      await queue().add([last]);
      expect(await queue().remove(last)).toBe(true);
      await never.consumer.close(1_000);
      await never.consumer.resume();
      expect([...paused.taken, ...never.taken]).toEqual([]);
      await paused.consumer.resume();
      await expect.poll(() => paused.taken.length, PATIENCE).toBe(ids.length);
      await paused.consumer.pause();
      await paused.consumer.close(1_000);
      expect(never.taken).toEqual([]);
    });

    it("does not take a run away from the consumer that works on it", async () => {
      const [run] = fourIds();
      const gate = newGate();
      const { taken } = await consume(() => gate.opened.then(finish));
      await queue().add([run]);
      await expect.poll(() => taken, PATIENCE).toEqual([run]);
      expect(await queue().remove(run)).toBe(false);
      gate.open();
    });

    it("waits for the runs at work when it closes, and takes no more", async () => {
      const [atWork, waiting] = fourIds();
      const gate = newGate();
      await queue().add([atWork, waiting]);
      const { taken, consumer } = await consume(() => gate.opened.then(finish));
      await expect.poll(() => taken, PATIENCE).toEqual([atWork]);
      const closed = consumer.close(10_000);
      gate.open();
      await closed;
      const next = await consume(finish);
      await expect.poll(() => next.taken, PATIENCE).toEqual([waiting]);
      expect(taken).toEqual([atWork]);
    });

    it("aborts what is still at work after the grace, and the run goes on elsewhere", async () => {
      const [run] = fourIds();
      const { taken, consumer } = await consume(async (_runId, _before, signal) => {
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        return { kind: "requeue" };
      });
      await queue().add([run]);
      await expect.poll(() => taken, PATIENCE).toEqual([run]);
      await consumer.close(50);
      const next = await consume(finish);
      await expect.poll(() => next.taken, PATIENCE).toEqual([run]);
    });

    it("lets go of a run that does not react to its signal", async () => {
      const [run] = fourIds();
      const { taken, consumer } = await consume(() => new Promise(() => {}));
      await queue().add([run]);
      await expect.poll(() => taken, PATIENCE).toEqual([run]);
      await consumer.close(0);
      const next = await consume(finish);
      await expect.poll(() => next.taken, PATIENCE).toEqual([run]);
    });
  });

  /** Adding is refused silently until the finished job is gone, which is a moment after its end. */
  async function addAndCount(runId: string, taken: readonly string[]): Promise<number> {
    await queue().add([runId]);
    return taken.length;
  }
}

type TakeRun = (runId: string, before: number, signal: AbortSignal) => Promise<Disposition>;

function newIds(count: number): string[] {
  return Array.from({ length: count }, () => randomId(12));
}

/** Four ids by name, for tests in which each run plays a part. */
function fourIds(): [string, string, string, string] {
  return [randomId(12), randomId(12), randomId(12), randomId(12)];
}

function newGate(): { opened: Promise<void>; open(): void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

async function untilTime(time: number): Promise<void> {
  await expect.poll(() => Date.now(), PATIENCE).toBeGreaterThanOrEqual(time);
}
