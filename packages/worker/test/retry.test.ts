import {
  type AnyPipeline,
  approve as approveStep,
  code,
  definePipeline,
  llm,
  madeFrom,
  openRouter,
} from "@sluice/core";
import { startSimulator } from "@sluice/simulator";
import { approve, type Backend, createRegistry, type RunRecord, retry, startWorker } from "@sluice/worker";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { inState, outputOf, type Place, placesOfTest, putOne, workOn } from "./places.ts";

const input = z.object({ amount: z.number() });

/** Counts how often its first step runs; the second throws while `broken.is`. `label` changes the definition. */
function orders(version: number, broken: { is: boolean }, label = "") {
  const counted = { calls: 0 };
  const count = code({ output: z.number(), run: () => ++counted.calls });
  const pipeline = definePipeline({ name: "orders", version, input })
    .step("count", madeFrom({ label }, count))
    .step(
      "check",
      code({
        output: z.string(),
        run: () => {
          if (broken.is) throw new Error("broken");
          return `version ${version}${label}`;
        },
      }),
    );
  return { pipeline, counted };
}

describe.each(await placesOfTest())("versions and retries, on $name", ({ isPresent, make, stop }) => {
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
  const again = (run: RunRecord, pipelines: AnyPipeline[]) =>
    retry(backend, createRegistry(pipelines), [run]);

  /** A run of version 1 whose second step has failed. */
  async function failedRun(more: { broken?: { is: boolean } } = {}) {
    const broken = more.broken ?? { is: true };
    const made = orders(1, broken);
    const run = await putOne(backend, made.pipeline);
    await using _worker = await workOn(backend, [made.pipeline]);
    const failed = await inState(backend, run.id, "failed");
    broken.is = false;
    return { ...made, run: failed };
  }

  promise("goes on at the step where it failed, with right counts, however often it is told to", async () => {
    const { run, pipeline, counted } = await failedRun();
    expect(run.error).toMatchObject({ code: "STEP_FAILED" });
    const answers = await Promise.all([again(run, [pipeline]), again(run, [pipeline])]);
    expect(
      answers
        .flat()
        .map(({ how }) => how)
        .sort(),
    ).toEqual(["continued", "unchanged"]);
    const queued = await backend.runs.get(run.id);
    expect(queued).toMatchObject({ status: "queued", error: null, retries: 0, finishedAt: null });
    expect(await backend.runs.countByStatus(run.batchId)).toMatchObject({ queued: 1, failed: 0 });
    await using _worker = await workOn(backend, [pipeline]);
    expect(await outputOf(backend, run.id)).toBe("version 1");
    expect(counted.calls).toBe(1);
    expect(await backend.runs.countByStatus(run.batchId)).toMatchObject({ completed: 1, queued: 0 });
    expect(await again(run, [pipeline])).toEqual([{ run: run.id, how: "unchanged" }]);
  });

  promise("takes up a run that is retried while its job is still leaving the queue", async () => {
    const broken = { is: true };
    const { pipeline } = orders(1, broken);
    const run = await putOne(backend, pipeline);
    const registry = createRegistry([pipeline]);
    const { queue } = backend;
    const slow: Backend = {
      ...backend,
      queue: {
        add: (runIds) => queue.add(runIds),
        remove: (runId) => queue.remove(runId),
        pause: () => queue.pause(),
        resume: () => queue.resume(),
        missing: (runIds) => queue.missing(runIds),
        isPaused: () => queue.isPaused(),
        consume: (options) =>
          queue.consume({
            ...options,
            process: async (runId, signal, stop) => {
              const disposition = await options.process(runId, signal, stop);
              broken.is = false;
              await retry(backend, registry, [run]);
              return disposition;
            },
          }),
      },
    };
    await using _worker = await workOn(slow, [pipeline]);
    expect(await outputOf(backend, run.id)).toBe("version 1");
  });

  promise("finishes runs of an older version on it while it is registered", async () => {
    const broken = { is: false };
    const [one, two] = [orders(1, broken), orders(2, broken)];
    const [older, newer] = [await putOne(backend, one.pipeline), await putOne(backend, two.pipeline)];
    await using _worker = await workOn(backend, [two.pipeline, one.pipeline]);
    expect(await outputOf(backend, older.id)).toBe("version 1");
    expect(await outputOf(backend, newer.id)).toBe("version 2");
  });

  promise("fails a run whose version is gone, and begins it anew on the newest when retried", async () => {
    const { run, pipeline: one } = await failedRun();
    const { pipeline: two, counted } = orders(2, { is: false });
    await again(run, [one]);
    const first = await workOn(backend, [two]);
    const failed = await inState(backend, run.id, "failed");
    expect(failed.error).toEqual({
      code: "VERSION_MISMATCH",
      message: expect.stringContaining(`on version 2: sluice retry ${run.id}`),
    });
    await first.close();
    expect(await again(run, [two])).toEqual([{ run: run.id, how: "restarted" }]);
    expect((await backend.checkpoints.read(run.id)).size).toBe(0);
    await using _worker = await workOn(backend, [two]);
    expect(await outputOf(backend, run.id)).toBe("version 2");
    expect(counted.calls).toBe(1);
    expect(await backend.runs.get(run.id)).toMatchObject({ version: 2, fingerprint: two.fingerprint });
  });

  promise("mixes no recorded step with a definition that changed under its version", async () => {
    const { run, pipeline } = await failedRun();
    const { pipeline: changed, counted } = orders(1, { is: false }, ", mended");
    await again(run, [pipeline]);
    const first = await workOn(backend, [changed]);
    expect((await inState(backend, run.id, "failed")).error?.message).toContain(
      'The definition of pipeline "orders" changed under its version 1 after run',
    );
    await first.close();
    expect(counted.calls).toBe(0);
    expect(await again(run, [changed])).toEqual([{ run: run.id, how: "restarted" }]);
    await using _worker = await workOn(backend, [changed]);
    expect(await outputOf(backend, run.id)).toBe("version 1, mended");
  });

  promise("takes the definition as it is now for a run that has not begun", async () => {
    const run = await putOne(backend, orders(1, { is: false }).pipeline);
    const { pipeline: changed } = orders(1, { is: false }, ", mended");
    await using _worker = await workOn(backend, [changed]);
    expect(await outputOf(backend, run.id)).toBe("version 1, mended");
    expect((await backend.runs.get(run.id))?.fingerprint).toBe(changed.fingerprint);
  });

  promise("forgets a decision together with the steps when it begins anew", async () => {
    const waits = (version: number) =>
      definePipeline({ name: "gate", version, input })
        .step("release", approveStep({ decision: z.boolean(), question: () => "Go?" }))
        .step("go", code({ output: z.boolean(), run: ({ steps }) => steps.release }));
    const [one, two] = [waits(1), waits(2)];
    const run = await putOne(backend, one);
    const first = await workOn(backend, [one]);
    await inState(backend, run.id, "waiting");
    await first.close();
    await approve(backend, { run: run.id, pipeline: one, decision: true });
    const second = await workOn(backend, [two]);
    await inState(backend, run.id, "failed");
    await again(run, [two]);
    await inState(backend, run.id, "waiting");
    await second.close();
  });

  promise("leaves a run alone whose document could not be loaded", async () => {
    const { pipeline } = orders(1, { is: false });
    const run = await putOne(backend, pipeline);
    const error = { code: "DOCUMENT_SCANNED", message: "no text" };
    const bare = {
      ...run,
      id: `${run.id}x`,
      inputKey: null,
      status: "failed" as const,
      error,
      finishedAt: 1,
    };
    const batch = await backend.runs.getBatch(run.batchId);
    if (batch) await backend.runs.create(batch, [{ record: bare, input: null }]);
    expect(await again(bare, [pipeline])).toEqual([{ run: bare.id, how: "noInput" }]);
    expect(await backend.runs.get(bare.id)).toMatchObject({ status: "failed", error });
    await backend.queue.remove(run.id);
    await backend.runs.update(run.id, (one) => ({ ...one, status: "completed" }));
  });

  promise("says when a retried run's pipeline is unknown", async () => {
    const { run } = await failedRun();
    await expect(again(run, [])).rejects.toMatchObject({ code: "PIPELINE_UNKNOWN" });
    expect((await backend.runs.get(run.id))?.status).toBe("failed");
  });

  promise(
    "holds a run to its pipeline's budget, counts a retry's anew, and asks afresh when told",
    async () => {
      await using simulator = await startSimulator({ limits: { perMinute: 1_000, perDay: 1_000 } });
      const ask = llm({
        output: z.object({ summary: z.string() }),
        prompt: () => "<document>\nOne.\n</document>",
      });
      const pipeline = definePipeline({ name: "asks", version: 1, input, limits: { requests: 1 } })
        .step("one", ask)
        .step(
          "two",
          llm({ output: z.object({ summary: z.string() }), prompt: () => "<document>\nTwo.\n</document>" }),
        );
      const rules = { perMinute: 1_000, perDay: 1_000, gapMs: 1 };
      const { cache } = backend;
      const models = openRouter({ apiKey: `key-${Math.random()}`, baseUrl: simulator.url, rules, cache });
      const registry = createRegistry([pipeline]);
      await using _worker = await startWorker({ backend, registry, models });
      const run = await putOne(backend, pipeline);
      const failed = await inState(backend, run.id, "failed");
      expect(failed).toMatchObject({ requests: 1, error: { code: "REQUEST_BUDGET" } });
      await retry(backend, registry, [run]);
      expect(await inState(backend, run.id, "completed")).toMatchObject({ requests: 2, requestsBefore: 1 });

      const cached = await putOne(backend, pipeline);
      expect(await inState(backend, cached.id, "completed")).toMatchObject({ requests: 0, cached: true });
      const fresh = await putOne(backend, pipeline, { fresh: true });
      expect(await inState(backend, fresh.id, "failed")).toMatchObject({ requests: 1, fresh: true });
    },
  );

  promise("tells steps the document, and fails a run whose time or output is over its limit", async () => {
    const document = definePipeline({ name: "documents", version: 1, input }).step(
      "name",
      code({ output: z.unknown(), run: ({ document: of }) => of ?? null }),
    );
    const slow = definePipeline({ name: "slow", version: 1, input, limits: { wallMs: 50 } }).step(
      "hang",
      code({
        output: z.null(),
        run: ({ signal }) =>
          new Promise<null>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
      }),
    );
    const large = definePipeline({ name: "large", version: 1, input, limits: { outputBytes: 10 } }).step(
      "much",
      code({ output: z.string(), run: () => "more than ten bytes" }),
    );
    await using _worker = await workOn(backend, [document, slow, large]);
    const named = await putOne(backend, document);
    expect(await outputOf(backend, named.id)).toEqual({ id: "d1", name: "a.txt" });
    for (const [pipeline, failure] of [
      [slow, "RUN_TIMEOUT"],
      [large, "OUTPUT_TOO_LARGE"],
    ] as const) {
      const run = await putOne(backend, pipeline);
      expect((await inState(backend, run.id, "failed")).error?.code).toBe(failure);
    }
  });
});
