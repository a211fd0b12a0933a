import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AnyPipeline, code, definePipeline, openRouter } from "@sluice/core";
import { type Backend, createRegistry, openBackend, startWorker } from "@sluice/worker";
import { startRedisServer } from "@sluice/worker/testing";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { putEmptyStore } from "../../../test/empty-store.ts";
import { inState, outputOf, putOne } from "./places.ts";

const redis = await startRedisServer();
let home = "";
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "sluice-lost-"));
});
afterAll(async () => {
  await redis?.stop();
  await rm(home, { recursive: true });
});

/** A pipeline of one step, which does something else each time it is called. */
function counting(name: string, calls: Array<() => Promise<string>>): AnyPipeline {
  return definePipeline({ name, version: 1, input: z.object({ amount: z.number() }) }).step(
    "work",
    code({ output: z.string(), run: () => calls.shift()?.() ?? "too often" }),
  );
}

async function start(backend: Backend, pipeline: AnyPipeline) {
  const errors: unknown[] = [];
  const models = openRouter({ apiKey: "nobody", baseUrl: "http://127.0.0.1:9" });
  const registry = createRegistry([pipeline]);
  const onError = (error: unknown) => void errors.push(error);
  return { errors, worker: await startWorker({ backend, registry, models, onError, concurrency: 1 }) };
}

describe("a run that another worker has taken over", () => {
  it.skipIf(redis === null)(
    "is finished by that one; the first stops, counts it and says so",
    async () => {
      const lock = { durationMs: 6_000, stalledMs: 200 };
      const backend = await openBackend({ home, redisUrl: redis?.url, lock });
      const pipeline = counting("lost", [() => new Promise(() => {}), async () => "second"]);
      const run = await putOne(backend, pipeline);
      const first = await start(backend, pipeline);
      await inState(backend, run.id, "running");
      const second = await start(backend, pipeline);
      const admin = new Redis(redis?.url ?? "");
      // What a worker that was held up for longer than its lock finds. The first takes nothing more.
      await admin.del(`{sluice}:runs:run-${run.id}:lock`);
      expect(await outputOf(backend, run.id)).toBe("second");
      await expect.poll(() => first.worker.lost, { timeout: 5_000 }).toBe(1);
      const told = first.errors.filter((error) => (error as { code?: string }).code === "RUN_LOST");
      expect(told).toMatchObject([{ facts: { run: run.id } }]);
      expect(second.worker.lost).toBe(0);
      admin.disconnect();
      await Promise.all([first.worker.close(), second.worker.close()]);
      await backend.close();
    },
    30_000,
  );

  it("does not take the late result of the first, whatever it is", async () => {
    await putEmptyStore(home);
    const backend = await openBackend({ home });
    const heldBy = { worker: "another", since: 7 };
    const pipeline: AnyPipeline = counting("late", [
      async () => {
        await backend.runs.update(run.id, (present) => ({ ...present, heldBy }));
        return "late";
      },
      async () => {
        await backend.runs.update(next.id, (present) => ({ ...present, heldBy }));
        throw new Error("late");
      },
    ]);
    const run = await putOne(backend, pipeline, { input: { amount: 1 } });
    const next = await putOne(backend, pipeline, { input: { amount: 2 } });
    const { worker, errors } = await start(backend, pipeline);
    await expect.poll(() => worker.lost, { timeout: 10_000 }).toBe(2);
    for (const { id } of [run, next]) {
      expect(await backend.runs.get(id)).toMatchObject({ status: "running", heldBy });
      expect(await backend.runs.readOutput(id)).toBeUndefined();
    }
    expect(errors).toMatchObject([{ code: "RUN_LOST" }, { code: "RUN_LOST" }]);
    await worker.close();
    await backend.close();
  }, 30_000);
});
