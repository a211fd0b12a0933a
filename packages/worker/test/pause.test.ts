import { code, definePipeline } from "@sluice/core";
import {
  type Backend,
  cancel,
  enqueue,
  PAUSED,
  pausePipeline,
  pauseQueue,
  queueStatus,
  type RunQueue,
  resumePipeline,
  resumeQueue,
} from "@sluice/worker";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { inState, outputOf, type Place, placesOfTest, putOne, workOn } from "./places.ts";

/** A pipeline that says at once what it was given. */
function quick(name: string) {
  const said = code({
    output: z.number(),
    run: ({ input }: { input: { amount: number } }) => input.amount,
  });
  return definePipeline({ name, version: 1, input: z.object({ amount: z.number() }) }).step("said", said);
}

/** A pipeline whose step ends when it is told to. */
function held(name: string) {
  let begin = () => {};
  let letGo = () => {};
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const released = new Promise<string>((resolve) => (letGo = () => resolve("done")));
  const step = code({
    output: z.string(),
    run: () => {
      begin();
      return released;
    },
  });
  const pipeline = definePipeline({ name, version: 1, input: z.object({ amount: z.number() }) });
  return { pipeline: pipeline.step("hold", step), begun, letGo: () => letGo() };
}

describe.each(await placesOfTest())("pausing, on $name", ({ isPresent, make, stop }) => {
  let place: Place;
  let backend: Backend;

  beforeAll(async () => {
    place = await make();
    backend = await place.open();
  });

  afterAll(async () => {
    await backend.close();
    await place.remove();
    await stop();
  });

  const promise = it.skipIf(!isPresent);
  const letters = quick("letters");
  const notes = quick("notes");

  promise(
    "rests the whole queue: what is at work is finished, and nothing is taken until it is resumed",
    async () => {
      const { pipeline, begun, letGo } = held("held");
      const atWork = await putOne(backend, pipeline);
      const first = await workOn(backend, [pipeline, letters]);
      await begun;
      expect(await pauseQueue(backend)).toBe(true);
      expect(await pauseQueue(backend)).toBe(false);
      const waits = await putOne(backend, letters);
      letGo();
      expect(await outputOf(backend, atWork.id)).toBe("done");
      await first.close();
      await backend.close();
      backend = await place.open();
      expect(await queueStatus(backend)).toEqual({ isPaused: true, pausedPipelines: [] });
      await using worker = await workOn(backend, [pipeline, letters]);
      const gone = await putOne(backend, letters);
      await cancel(backend, [gone]);
      expect(await backend.runs.get(waits.id)).toEqual(waits);
      expect(await resumeQueue(backend)).toBe(true);
      expect(await resumeQueue(backend)).toBe(false);
      expect(await outputOf(backend, waits.id)).toBe(12);
      expect(worker.events.map(({ runId }) => runId)).not.toContain(gone.id);
      expect((await queueStatus(backend)).isPaused).toBe(false);
    },
  );

  promise("rests the runs of one pipeline, counts nothing, and lets the others go on", async () => {
    expect(await pausePipeline(backend, "letters")).toBe(true);
    expect(await pausePipeline(backend, "letters")).toBe(false);
    const { pausedPipelines } = await queueStatus(backend);
    expect(pausedPipelines).toEqual([{ name: "letters", since: expect.any(Number) }]);
    const resting = await putOne(backend, letters);
    const other = await putOne(backend, notes);
    await using worker = await workOn(backend, [letters, notes]);
    expect(await outputOf(backend, other.id)).toBe(12);
    const parked = await inState(backend, resting.id, "parked");
    expect(parked).toEqual({
      ...resting,
      status: "parked",
      parkedWhy: PAUSED,
      parkedUntil: expect.any(Number),
      history: [...resting.history, { at: expect.any(Number), status: "parked", why: PAUSED }],
    });
    // A worker that starts later, too.
    const later = await putOne(backend, letters);
    await using _second = await workOn(backend, [letters, notes]);
    await inState(backend, later.id, "parked");
    expect(worker.events.filter(({ type }) => type === "run.started")).toHaveLength(1);
    expect(await resumePipeline(backend, "letters")).toEqual({ wasPaused: true, broughtBack: 2 });
    expect(await outputOf(backend, resting.id)).toBe(12);
    expect(await outputOf(backend, later.id)).toBe(12);
    expect(await queueStatus(backend)).toEqual({ isPaused: false, pausedPipelines: [] });
    expect(await resumePipeline(backend, "letters")).toEqual({ wasPaused: false, broughtBack: 0 });
  });

  promise("finishes what is at work when its pipeline is paused", async () => {
    const { pipeline, begun, letGo } = held("long");
    const run = await putOne(backend, pipeline);
    await using _worker = await workOn(backend, [pipeline]);
    await begun;
    await pausePipeline(backend, "long");
    letGo();
    expect(await outputOf(backend, run.id)).toBe("done");
    await resumePipeline(backend, "long");
  });

  promise("misses no end of a pause that comes while a run is on its way to rest", async () => {
    const run = await putOne(backend, letters);
    await pausePipeline(backend, "letters");
    let isPaused = true;
    const late: Backend = {
      ...backend,
      cell: (name) => {
        const cell = backend.cell(name);
        const read = async () => {
          const reading = await cell.read();
          // The worker goes on with what it has read.
          if (name === "pauses" && isPaused) await resumePipeline(backend, "letters");
          isPaused = isPaused && name !== "pauses";
          return reading;
        };
        return { read, swap: (expected, next) => cell.swap(expected, next) };
      },
    };
    await using _worker = await workOn(late, [letters]);
    expect(await outputOf(backend, run.id)).toBe(12);
    expect((await backend.runs.get(run.id))?.history).toContainEqual(
      expect.objectContaining({ status: "parked", why: PAUSED }),
    );
  });

  promise("misses no end of a pause that comes while the job of a run is being parked", async () => {
    const run = await putOne(backend, letters);
    await pausePipeline(backend, "letters");
    const { queue } = backend;
    const dispositions: string[] = [];
    const slow: RunQueue = {
      add: (runs) => queue.add(runs),
      missing: (runIds) => queue.missing(runIds),
      remove: (runId) => queue.remove(runId),
      pause: () => queue.pause(),
      resume: () => queue.resume(),
      isPaused: () => queue.isPaused(),
      consume: (options) =>
        queue.consume({
          ...options,
          process: async (runId, signal, stop) => {
            const disposition = await options.process(runId, signal, stop);
            if (runId === run.id && dispositions.push(disposition.kind) === 1) {
              expect(await resumePipeline(backend, "letters")).toEqual({ wasPaused: true, broughtBack: 1 });
            }
            return disposition;
          },
        }),
    };
    await using _worker = await workOn({ ...backend, queue: slow }, [letters]);
    expect(await outputOf(backend, run.id)).toBe(12);
    expect(dispositions[0]).toBe("park");
  });

  promise(
    "loses no run when a pipeline is paused and resumed again and again under two workers",
    async () => {
      const count = 100;
      const items = Array.from({ length: count }, (_, amount) => ({
        document: { id: null, name: `${amount}.txt` },
        input: { amount },
      }));
      await using _one = await workOn(backend, [letters]);
      await using _two = await workOn(backend, [letters]);
      const { batchId } = await enqueue(backend, { pipeline: letters, items, total: count });
      let isDone = false;
      const done = expect
        .poll(async () => (await backend.runs.countByStatus(batchId)).completed, { timeout: 25_000 })
        .toBe(count)
        .finally(() => (isDone = true));
      let brought = 0;
      for (let turn = 0; turn < 15 && !isDone; turn++) {
        await pausePipeline(backend, "letters");
        // Until at least one more has come to rest, so that a pause is felt.
        const rests = async () => isDone || (await backend.runs.countByStatus(batchId)).parked > 0;
        await expect.poll(rests, { timeout: 10_000, interval: 1 }).toBe(true);
        brought += (await resumePipeline(backend, "letters")).broughtBack;
      }
      await done;
      expect(brought).toBeGreaterThan(0);
    },
  );
});
