import {
  type AnyPipeline,
  code,
  definePipeline,
  openRouter,
  randomId,
  runPipeline,
  seal,
} from "@sluice/core";
import { type Backend, createRegistry, openBackend, results, retry, startWorker } from "@sluice/worker";
import { startRedisServer } from "@sluice/worker/testing";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { inState, putOne } from "./places.ts";

const redis = await startRedisServer();
const models = openRouter({ apiKey: "nobody", baseUrl: "http://127.0.0.1:9" });
const input = z.object({ amount: z.number() });

/** Gives a long text, and counts how often it does. */
function countingPipeline() {
  const calls = { count: 0 };
  const pipeline = definePipeline({ name: `counting-${randomId(6)}`, version: 1, input }).step(
    "work",
    code({
      output: z.string(),
      run: () => {
        calls.count += 1;
        return "The tide turns at noon. ".repeat(200);
      },
    }),
  );
  return { calls, pipeline };
}

describe.skipIf(redis === null)("what is damaged in Redis", () => {
  let backend: Backend;
  let admin: Redis;
  beforeAll(async () => {
    backend = await openBackend({ home: "/nowhere", redisUrl: redis?.url });
    admin = new Redis(redis?.url ?? "");
  });
  afterAll(async () => {
    admin.disconnect();
    await backend.close();
    await redis?.stop();
  });

  async function start(pipeline: AnyPipeline) {
    const registry = createRegistry([pipeline]);
    return startWorker({ backend, registry, models });
  }

  const flip = (bytes: Buffer, bit: number) => {
    const copy = Buffer.from(bytes);
    const at = Math.floor(copy.length / 2);
    copy[at] = (copy[at] ?? 0) ^ bit;
    return copy;
  };
  const damages: [string, (bytes: Buffer) => Buffer | string][] = [
    ["a flipped bit", (bytes) => flip(bytes, 1)],
    ["a flipped bit that leaves no text", (bytes) => flip(bytes, 128)],
    ["its end missing", (bytes) => bytes.subarray(0, -7)],
    ["nothing in it", () => ""],
    ["somebody else's JSON in its place", () => '{"v":1,"h":"","p":"1"}'],
  ];

  it.each(damages)("of a recorded step, with %s, is done again and recorded anew", async (_what, damage) => {
    const { pipeline, calls } = countingPipeline();
    const runId = randomId(12);
    const run = () =>
      runPipeline(pipeline, { amount: 1 }, { models, checkpoints: backend.checkpoints }, { runId });
    await run();
    const key = `{sluice}:checkpoints:${runId}`;
    const bytes = await admin.hgetBuffer(key, "work");
    if (!bytes) throw new Error("nothing was recorded");
    await admin.hset(key, "work", damage(bytes));
    for (const _again of [1, 2]) await run();
    expect(calls.count).toBe(2);
    expect(await admin.hget(key, "work")).toBe(bytes.toString());
  });

  it("of an input ends the run with that word, and retrying it says that only its document helps", async () => {
    const { pipeline, calls } = countingPipeline();
    const { id } = await putOne(backend, pipeline);
    await admin.set(`{sluice}:input:${id}`, await seal("{").then((text) => `${text}}`));
    await using _worker = await start(pipeline);
    const failed = await inState(backend, id, "failed");
    expect(failed.error).toMatchObject({ code: "STATE_INVALID", message: expect.stringContaining("input") });
    expect(calls.count).toBe(0);
    expect(await retry(backend, createRegistry([pipeline]), [failed])).toEqual([{ run: id, how: "noInput" }]);
  });

  it("of an output is never shown for a result", async () => {
    const { pipeline } = countingPipeline();
    const { id, batchId } = await putOne(backend, pipeline);
    await using _worker = await start(pipeline);
    await inState(backend, id, "completed");
    await admin.setrange(`{sluice}:output:${id}`, 60, "!");
    const lines = [];
    for await (const line of results(backend, { batchId })) lines.push(line);
    expect(lines).toMatchObject([{ run: id, output: null, error: { code: "STATE_INVALID" } }]);
  });

  it("of a run's record is named", async () => {
    const { pipeline } = countingPipeline();
    const { id } = await putOne(backend, pipeline);
    await admin.setrange(`{sluice}:run:${id}`, 40, "\u0001");
    await expect(backend.runs.get(id)).rejects.toMatchObject({ code: "STATE_INVALID", facts: { run: id } });
    await admin.del(`{sluice}:run:${id}`);
  });

  it("is not what a newer version has recorded: a worker that meets it stops and leaves the run alone", async () => {
    const { pipeline, calls } = countingPipeline();
    const { id } = await putOne(backend, pipeline);
    await backend.runs.update(id, (run) => ({ ...run, startedAt: run.enqueuedAt }));
    await admin.hset(`{sluice}:checkpoints:${id}`, "work", "s2:in a form that nobody here knows");
    const worker = await start(pipeline);
    expect(await worker.halted).toMatchObject({ code: "BACKEND_NEWER" });
    await worker.close();
    expect((await backend.runs.get(id))?.status).toBe("parked");
    expect(calls.count).toBe(0);
  });
});
