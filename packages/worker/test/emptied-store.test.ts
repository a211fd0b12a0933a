import { type AnyPipeline, code, definePipeline, openRouter } from "@sluice/core";
import { createRegistry, openBackend, startWorker } from "@sluice/worker";
import { startRedisServer } from "@sluice/worker/testing";
import { Redis } from "ioredis";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { inState, putOne } from "./places.ts";

const PATIENCE = { timeout: 20_000, interval: 20 };
const redis = await startRedisServer();
afterAll(() => redis?.stop());

/** Works for ever, unless it is told to stop. */
const pipeline: AnyPipeline = definePipeline({
  name: "patient",
  version: 1,
  input: z.object({ amount: z.number() }),
}).step(
  "work",
  code({
    output: z.string(),
    run: ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  }),
);

describe.skipIf(redis === null)("a worker on a Redis that is emptied", () => {
  it("lets its runs go, and counts them as gone, not as lost to another worker", async () => {
    const backend = await openBackend({ home: "/nowhere", redisUrl: redis?.url });
    const worker = await startWorker({
      backend,
      registry: createRegistry([pipeline]),
      models: openRouter({ apiKey: "nobody", baseUrl: "http://127.0.0.1:9" }),
    });
    for (let index = 0; index < 3; index++) {
      const run = await putOne(backend, pipeline, { input: { amount: 0 } });
      await inState(backend, run.id, "running");
    }
    const admin = new Redis(redis?.url ?? "");
    await admin.flushall();
    admin.disconnect();
    await expect.poll(() => worker.gone, PATIENCE).toBe(3);
    await expect.poll(() => worker.atWork, PATIENCE).toBe(0);
    expect(worker.lost).toBe(0);
    await worker.close();
    await backend.close();
  }, 60_000);
});
