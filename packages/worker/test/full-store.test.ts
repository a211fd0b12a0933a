import { execFileSync } from "node:child_process";
import { type AnyPipeline, code, definePipeline, llm, openRouter, type RunEvent } from "@sluice/core";
import { startSimulator } from "@sluice/simulator";
import {
  type Backend,
  createRegistry,
  enqueue,
  openBackend,
  startWorker,
  type WorkerOptions,
} from "@sluice/worker";
import { startRedisServer } from "@sluice/worker/testing";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { inState, outputOf, putOne } from "./places.ts";

const PATIENCE = { timeout: 20_000, interval: 20 };
const redis = await startRedisServer();

const input = z.object({ amount: z.number() });
const asking = definePipeline({ name: "asking", version: 1, input })
  .step("ask", llm({ output: z.object({ answer: z.string() }), prompt: "Say something.", cache: false }))
  .step("check", code({ output: z.string(), run: () => "checked" }));

describe.skipIf(redis === null)("a Redis without memory left", () => {
  let admin: Redis;
  let backend: Backend;
  const free = () => admin.config("SET", "maxmemory", "0");
  /** At once, also in the middle of an event. */
  const fill = () => {
    execFileSync("redis-cli", ["-p", String(redis?.port), "config", "set", "maxmemory", "1"]);
  };

  beforeAll(async () => {
    admin = new Redis(redis?.url ?? "");
    const lock = { durationMs: 3_000, stalledMs: 200 };
    backend = await openBackend({ home: "/nowhere", redisUrl: redis?.url, lock });
  });
  afterEach(() => free());
  afterAll(async () => {
    await backend.close();
    admin.disconnect();
    await redis?.stop();
  });

  async function start(baseUrl: string, pipeline: AnyPipeline, onEvent: WorkerOptions["onEvent"]) {
    const errors: { code?: string; message: string }[] = [];
    const worker = await startWorker({
      backend,
      registry: createRegistry([pipeline]),
      models: openRouter({
        apiKey: "full",
        baseUrl,
        cache: backend.cache,
        cell: (name) => backend.cell(name),
      }),
      onEvent,
      onError: (error) => void errors.push(error as Error),
    });
    return { errors, worker };
  }

  const isAnswered = (event: RunEvent) => event.type === "step.attempt" && event.attempt.outcome === "ok";

  it("keeps an answer until it can be stored, though the lock is lost meanwhile, and asks no second time", async () => {
    await using simulator = await startSimulator();
    const { id } = await putOne(backend, asking);
    const { errors, worker } = await start(simulator.url, asking, (event) => {
      if (isAnswered(event)) fill();
    });
    await expect.poll(() => errors.map(({ code: of }) => of), PATIENCE).toContain("BACKEND_FULL");
    const lockKey = `{sluice}:runs:run-${id}:lock`;
    await expect.poll(() => admin.exists(lockKey), PATIENCE).toBe(0);
    await free();
    expect(await outputOf(backend, id)).toBe("checked");
    expect(simulator.usedToday()).toBe(1);
    await worker.close();
  }, 40_000);

  it("says which output was given up when the worker stops before there is room", async () => {
    await using simulator = await startSimulator();
    const { id } = await putOne(backend, asking);
    const { errors, worker } = await start(simulator.url, asking, (event) => {
      if (isAnswered(event)) fill();
    });
    await expect.poll(() => errors.map(({ code: of }) => of), PATIENCE).toContain("BACKEND_FULL");
    await worker.close(0);
    const told = errors.map(({ message }) => message);
    expect(told).toContainEqual(expect.stringMatching(`"ask" of run ${id} could not be stored.*done again`));
    await free();
    const next = await start(simulator.url, asking, undefined);
    await inState(backend, id, "completed");
    await next.worker.close();
  }, 40_000);

  it("refuses new runs with a clear word, and has stored none of them", async () => {
    fill();
    const items = [{ document: { id: null, name: "a.txt" }, input: { amount: 1 } }];
    const refused = enqueue(backend, { pipeline: asking, items, total: 1, fresh: true });
    await expect(refused).rejects.toMatchObject({
      code: "BACKEND_FULL",
      message: expect.stringContaining("maxmemory"),
    });
    await expect(backend.queue.add(["run"])).rejects.toMatchObject({ code: "BACKEND_FULL" });
    await free();
    expect(await backend.queue.remove("run")).toBe(false);
  });
});
