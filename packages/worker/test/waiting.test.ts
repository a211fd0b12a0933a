import { approve as approveStep, code, decide, definePipeline, map, sleep } from "@sluice/core";
import { approve, type Backend, type RunQueue } from "@sluice/worker";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { inState, outputOf, type Place, placesOfTest, putOne, workOn } from "./places.ts";

const input = z.object({ amount: z.number() });
const decision = z.object({ ok: z.boolean(), note: z.string().default("") });
const begin = () => definePipeline({ name: "payments", version: 1, input });
const paid = code({
  output: z.string(),
  run: ({ steps }: { steps: { release: { ok: boolean } } }) => (steps.release.ok ? "paid" : "kept"),
});

/** Waits for ever, or for a while; `onTheWay` is called once, just before. */
function payments(options: { timeoutMs?: number; onTheWay?: () => Promise<void> } = {}) {
  const { timeoutMs, onTheWay = async () => {} } = options;
  let calls = 0;
  const first = code({ output: z.number(), run: () => ++calls });
  const release = approveStep({
    decision,
    question: ({ input: { amount } }: { input: z.infer<typeof input> }) => `Pay ${amount}?`,
    ...(timeoutMs === undefined ? {} : { timeoutMs, onTimeout: () => ({ ok: false, note: "late" }) }),
  });
  const near = code({
    output: z.null(),
    run: async () => {
      await onTheWay();
      return null;
    },
  });
  return begin().step("first", first).step("near", near).step("release", release).step("pay", paid);
}

/** The same store, whose queue lets go of a processed run only after `hold`. */
function holding(backend: Backend, hold: (runId: string) => Promise<void>): Backend {
  const { queue } = backend;
  const held: RunQueue = {
    add: (runIds) => queue.add(runIds),
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
          await hold(runId);
          return disposition;
        },
      }),
  };
  return { ...backend, queue: held };
}

describe.each(await placesOfTest())("a run that waits, on $name", ({ isPresent, make, stop }) => {
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

  promise("tells its question and goes on with the decision, without repeating a step", async () => {
    const pipeline = payments();
    const run = await putOne(backend, pipeline);
    await using worker = await workOn(backend, [pipeline]);
    const waiting = await inState(backend, run.id, "waiting");
    expect(waiting).toMatchObject({
      waitingFor: { step: "release", question: "Pay 12?", until: null },
      parkedUntil: null,
      finishedAt: null,
    });
    expect(worker.events).toContainEqual({
      type: "run.waiting",
      runId: run.id,
      step: "release",
      question: "Pay 12?",
      until: null,
    });
    expect(await approve(backend, { run: run.id, pipeline, decision: { ok: true } })).toEqual({
      step: "release",
      decision: { ok: true },
      isThis: true,
    });
    expect(await outputOf(backend, run.id)).toBe("paid");
    expect((await backend.runs.get(run.id))?.waitingFor).toBeNull();
    const starts = worker.events.filter((event) => event.type === "step.started" && event.step === "first");
    expect(starts).toHaveLength(1);
  });

  promise("waits through restarts of everything, and is in nobody's queue meanwhile", async () => {
    const pipeline = payments();
    const run = await putOne(backend, pipeline);
    const first = await workOn(backend, [pipeline]);
    await inState(backend, run.id, "waiting");
    await first.close();
    await backend.close();
    backend = await place.open();
    const other = begin().step("one", code({ output: z.null(), run: () => null }));
    await using worker = await workOn(backend, [pipeline, { ...other, name: "other" }]);
    const later = await putOne(backend, { ...other, name: "other" });
    expect(await outputOf(backend, later.id)).toBeNull();
    expect(worker.events.filter(({ runId }) => runId === run.id)).toEqual([]);
    expect(await inState(backend, run.id, "waiting")).toMatchObject({ waitingFor: { step: "release" } });
    await approve(backend, { run: run.id, pipeline, decision: { ok: false } });
    expect(await outputOf(backend, run.id)).toBe("kept");
  });

  promise("decides by itself when its time has come, also after a restart", async () => {
    const pipeline = payments({ timeoutMs: 1_500 });
    const run = await putOne(backend, pipeline);
    const first = await workOn(backend, [pipeline]);
    const { waitingFor } = await inState(backend, run.id, "waiting");
    expect(waitingFor?.until).toBeGreaterThan(run.enqueuedAt);
    await first.close();
    await using _worker = await workOn(backend, [pipeline]);
    expect(await outputOf(backend, run.id)).toBe("kept");
    const { finishedAt } = await inState(backend, run.id, "completed");
    expect(finishedAt).toBeGreaterThanOrEqual(waitingFor?.until ?? Number.POSITIVE_INFINITY);
  });

  promise("does not wait for its timeout once it is decided", async () => {
    const pipeline = payments({ timeoutMs: 3_600_000 });
    const run = await putOne(backend, pipeline);
    await using _worker = await workOn(backend, [pipeline]);
    await inState(backend, run.id, "waiting");
    await approve(backend, { run: run.id, pipeline, decision: { ok: true } });
    expect(await outputOf(backend, run.id)).toBe("paid");
  });

  promise("misses no decision that comes while it is on its way to wait", async () => {
    let runId = "";
    const pipeline = payments({
      onTheWay: async () => {
        // The worker has read what is decided already, and will not read it again before it waits.
        const given = { run: runId, pipeline, step: "release", decision: { ok: true } };
        expect(await approve(backend, given)).toMatchObject({ isThis: true });
      },
    });
    runId = (await putOne(backend, pipeline)).id;
    await using worker = await workOn(backend, [pipeline]);
    expect(await outputOf(backend, runId)).toBe("paid");
    expect(worker.events.filter(({ type }) => type === "run.waiting")).toEqual([]);
    expect(worker.events.filter(({ type }) => type === "run.started")).toHaveLength(2);
  });

  promise.each([
    { kind: "leaves the queue", timeoutMs: undefined },
    { kind: "is parked in the queue", timeoutMs: 3_600_000 },
  ])("misses no decision that comes while its job $kind", async ({ timeoutMs }) => {
    const pipeline = payments(timeoutMs === undefined ? {} : { timeoutMs });
    const run = await putOne(backend, pipeline);
    const slow = holding(backend, async (runId) => {
      if ((await backend.runs.get(runId))?.status !== "waiting") return;
      await approve(backend, { run: runId, pipeline, decision: { ok: true } });
    });
    await using _worker = await workOn(slow, [pipeline]);
    expect(await outputOf(backend, run.id)).toBe("paid");
  });

  promise("goes on at the next start when whoever decided died before he could wake it", async () => {
    const pipeline = payments();
    const run = await putOne(backend, pipeline);
    const first = await workOn(backend, [pipeline]);
    await inState(backend, run.id, "waiting");
    await first.close();
    const given = { runId: run.id, pipeline, step: "release", decision: { ok: true } };
    await decide(backend.checkpoints, given);
    await using _worker = await workOn(backend, [pipeline]);
    expect(await outputOf(backend, run.id)).toBe("paid");
  });

  promise("keeps the first decision, and says so to whoever comes second", async () => {
    const pipeline = payments();
    const run = await putOne(backend, pipeline);
    const first = await workOn(backend, [pipeline]);
    await inState(backend, run.id, "waiting");
    await first.close();
    const give = (ok: boolean) =>
      approve(backend, { run: run.id, pipeline, step: "release", decision: { ok } });
    const answers = await Promise.all([give(true), give(false)]);
    expect(answers.filter(({ isThis }) => isThis)).toHaveLength(1);
    expect(answers[0].decision).toEqual(answers[1].decision);
    expect((await backend.runs.get(run.id))?.status).toBe("queued");
    expect(await backend.runs.countByStatus(run.batchId)).toMatchObject({ queued: 1, waiting: 0 });
    await using _worker = await workOn(backend, [pipeline]);
    expect(await outputOf(backend, run.id)).toBe(answers[0].isThis ? "paid" : "kept");
    await expect(give(true)).rejects.toThrow(/does not wait for a decision, it is completed/);
  });

  promise("refuses a decision that does not fit, and one for a run that does not wait", async () => {
    const pipeline = payments();
    const run = await putOne(backend, pipeline);
    const refused = (more: { decision: unknown; step?: string }) =>
      expect(approve(backend, { run: run.id, pipeline, ...more })).rejects;
    await refused({ decision: { ok: true } }).toMatchObject({
      code: "OPTION_INVALID",
      message: `Run ${run.id} does not wait for a decision, it is queued; name the step to decide it beforehand.`,
    });
    await using _worker = await workOn(backend, [pipeline]);
    await inState(backend, run.id, "waiting");
    await refused({ decision: { ok: "yes" } }).toThrow(/does not fit step "release":[\s\S]*ok/);
    await refused({ decision: { ok: true }, step: "pay" }).toThrow(/there are: release/);
    expect((await backend.runs.get(run.id))?.status).toBe("waiting");
    const nowhere = approve(backend, { run: "nowhere", pipeline, decision: {} });
    await expect(nowhere).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
    await approve(backend, { run: run.id, pipeline, decision: { ok: true } });
    await outputOf(backend, run.id);
  });

  promise("is asked one question after the other, or decided beforehand", async () => {
    const each = approveStep({
      decision,
      question: ({ item }: { item: unknown }) => `Pay part ${String(item)}?`,
    });
    const pipeline = begin().step(
      "parts",
      map({ over: () => ["a", "b", "c"], concurrency: 1, each: (block) => block.step("release", each) }),
    );
    const run = await putOne(backend, pipeline);
    await using _worker = await workOn(backend, [pipeline]);
    const give = (ok: boolean, step?: string) =>
      approve(backend, { run: run.id, pipeline, step, decision: { ok } });
    const asks = async (step: string) => {
      const look = async () => (await backend.runs.get(run.id))?.waitingFor?.step;
      await expect.poll(look, { timeout: 15_000, interval: 20 }).toBe(step);
    };
    await asks("parts/0/release");
    await give(true, "parts/1/release");
    await asks("parts/0/release");
    await give(false);
    await asks("parts/2/release");
    await give(true);
    expect(await outputOf(backend, run.id)).toEqual([
      { ok: false, note: "" },
      { ok: true, note: "" },
      { ok: true, note: "" },
    ]);
  });

  promise("parks a run that sleeps for long until its time, and counts no retry", async () => {
    const pipeline = begin().step("rest", sleep({ forMs: 3_600_000 }));
    const run = await putOne(backend, pipeline);
    await using _worker = await workOn(backend, [pipeline]);
    const parked = await inState(backend, run.id, "parked");
    expect(parked).toMatchObject({ parkedWhy: "sleep", retries: 0, waitingFor: null });
    expect((parked.parkedUntil ?? 0) - (parked.startedAt ?? 0)).toBeGreaterThanOrEqual(3_600_000);
    expect(await backend.queue.remove(run.id)).toBe(true);
  });
});
