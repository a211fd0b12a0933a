import { once } from "node:events";
import { createServer } from "node:net";
import { inspect } from "node:util";
import { randomId, SluiceError } from "@sluice/core";
import { Redis } from "ioredis";
import { afterAll, describe, expect, it } from "vitest";
import type { Backend } from "../../backend/backend.ts";
import { openRedisBackend } from "./redis-backend.ts";
import { startRedisServer } from "./redis-server.fixture.ts";

const PATIENCE = { timeout: 15_000, interval: 10 };
const server = await startRedisServer();

afterAll(() => server?.stop());

/** The error of opening, which must come. */
async function openingError(url: string): Promise<SluiceError> {
  const outcome: unknown = await openRedisBackend({ url }).catch((error: unknown) => error);
  if (SluiceError.is(outcome)) return outcome;
  throw new Error(`opening did not fail as it should: ${String(outcome)}`);
}

/** A consumer that notes what it takes and what it hears. */
async function consumeOn(backend: Backend, process: (signal: AbortSignal) => Promise<void> = async () => {}) {
  const taken: string[] = [];
  const errors: unknown[] = [];
  const consumer = await backend.queue.consume({
    concurrency: 1,
    process: async (runId, signal) => {
      taken.push(runId);
      await process(signal);
      return { kind: "done" };
    },
    onError: (error) => errors.push(error),
  });
  return { taken, errors, consumer };
}

describe("opening Redis", () => {
  it("says where it looked and how to run without, and never the password", async () => {
    const startedAt = performance.now();
    const error = await openingError("redis://user:s3cret@127.0.0.1:1/2");
    expect(performance.now() - startedAt).toBeLessThan(4_000);
    expect(error.code).toBe("BACKEND_UNREACHABLE");
    expect(error.message).toContain("redis://127.0.0.1:1/2");
    expect(error.message).toContain("unset SLUICE_REDIS_URL");
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain("s3cret");
  });

  it("gives up on a server that accepts and says nothing", async () => {
    const silent = createServer((socket) => socket.on("error", () => {})).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const address = silent.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const startedAt = performance.now();
    expect((await openingError(`redis://127.0.0.1:${port}`)).code).toBe("BACKEND_UNREACHABLE");
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    silent.close();
  });

  it.each(["localhost:6379", "http://127.0.0.1:6379", "", "redis"])("refuses the URL %j", async (url) => {
    expect((await openingError(url)).code).toBe("OPTION_INVALID");
  });

  it.each(["", "a:b", "{a}", "a b"])("refuses the prefix %j", async (prefix) => {
    const opening = openRedisBackend({ url: "redis://127.0.0.1:1", prefix });
    await expect(opening).rejects.toMatchObject({ code: "OPTION_INVALID" });
  });
});

describe.skipIf(server === null)("a Redis with faults", () => {
  const url = server?.url ?? "";

  it("names a refused password by its reason, and never shows it", async () => {
    const admin = new Redis(url);
    await admin.config("SET", "requirepass", "right");
    const error = await openingError(url.replace("redis://", "redis://:wr0ng@"));
    await admin.config("SET", "requirepass", "");
    admin.disconnect();
    expect(error.code).toBe("BACKEND_REFUSED");
    expect(error.message).toMatch(/WRONGPASS|invalid/);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain("wr0ng");
  });

  it("aborts a run that was lost to another consumer, and leaves its job to that one", async () => {
    const prefix = randomId(8);
    const lock = { durationMs: 400, stalledMs: 100 };
    const backend = await openRedisBackend({ url, prefix, lock });
    const admin = new Redis(url);
    let aborted = false;
    const first = await consumeOn(backend, async (signal) => {
      await once(signal, "abort");
      aborted = true;
    });
    const runId = randomId(12);
    await backend.queue.add([runId]);
    await expect.poll(() => first.taken, PATIENCE).toEqual([runId]);
    await admin.set(`{${prefix}}:runs:run-${runId}:lock`, "somebody else");
    await expect.poll(() => aborted, PATIENCE).toBe(true);
    expect(await admin.exists(`{${prefix}}:runs:run-${runId}`)).toBe(1);
    admin.disconnect();
    await first.consumer.close(0);
    await backend.close();
  });

  it("does not notice that Redis forgets its scripts", async () => {
    const backend = await openRedisBackend({ url, prefix: randomId(8) });
    const admin = new Redis(url);
    const flushed: unknown[] = [];
    const { taken, errors, consumer } = await consumeOn(backend, async () => {
      flushed.push(await admin.script("FLUSH"));
    });
    const runs = Array.from({ length: 8 }, () => randomId(12));
    await backend.queue.add(runs);
    for (const run of runs) {
      await admin.script("FLUSH");
      await backend.checkpoints.write(run, { stepPath: "s", text: "t", expected: null });
      await backend.cell(run).swap(null, "1");
    }
    await expect.poll(() => taken, PATIENCE).toEqual(runs);
    expect(flushed.length).toBeGreaterThan(0);
    expect(errors).toEqual([]);
    await consumer.close(1_000);
    await backend.close();
    admin.disconnect();
  });

  it("fails in seconds while Redis is away, and goes on by itself when it is back", async () => {
    const fragile = await startRedisServer();
    if (fragile === null) throw new Error("redis-server has vanished");
    const backend = await openRedisBackend({ url: fragile.url });
    const unused = await openRedisBackend({ url: fragile.url });
    const { taken, errors, consumer } = await consumeOn(backend);
    await fragile.kill();
    const startedAt = performance.now();
    const unreachable = { code: "BACKEND_UNREACHABLE" };
    await Promise.all([
      expect(backend.queue.add(["away"])).rejects.toMatchObject(unreachable),
      expect(backend.runs.get("away")).rejects.toMatchObject(unreachable),
      expect(consumeOn(backend)).rejects.toMatchObject(unreachable),
      expect(unused.queue.add(["away"])).rejects.toMatchObject(unreachable),
    ]);
    expect(performance.now() - startedAt).toBeLessThan(8_000);
    expect(errors.length).toBeGreaterThan(0);

    const revived = await startRedisServer(fragile.port);
    await expect.poll(() => backend.queue.add(["back"]).then(() => true), PATIENCE).toBe(true);
    await unused.queue.add(["unused"]);
    await expect.poll(() => taken, PATIENCE).toEqual(expect.arrayContaining(["back", "unused"]));
    await consumer.close(1_000);
    await Promise.all([backend.close(), unused.close()]);
    await revived?.stop();
  }, 60_000);

  it("closes in bounded time when Redis is gone for good, with a run at work", async () => {
    const fragile = await startRedisServer();
    if (fragile === null) throw new Error("redis-server has vanished");
    const backend = await openRedisBackend({ url: fragile.url });
    const { taken, consumer } = await consumeOn(backend, () => new Promise(() => {}));
    await backend.queue.add(["stuck"]);
    await expect.poll(() => taken, PATIENCE).toEqual(["stuck"]);
    const paused = await consumeOn(backend);
    await paused.consumer.pause();
    await fragile.kill();
    const startedAt = performance.now();
    await Promise.all([consumer.close(200), paused.consumer.close(200)]);
    await backend.close();
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  }, 60_000);
});
