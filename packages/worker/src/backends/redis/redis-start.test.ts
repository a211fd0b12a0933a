import { code, definePipeline, randomId } from "@sluice/core";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { Backend } from "../../backend/backend.ts";
import { enqueue } from "../../client/enqueue.ts";
import { openRedisBackend, type RedisBackendOptions } from "./redis-backend.ts";
import { startRedisServer } from "./redis-server.fixture.ts";

const server = await startRedisServer();
const url = server?.url ?? "";

afterAll(() => server?.stop());

/** Opens and closes; what was said meanwhile. */
async function noticesOfOpening(options: Partial<RedisBackendOptions> = {}): Promise<string[]> {
  const notices: string[] = [];
  const onNotice = (notice: string) => void notices.push(notice);
  const backend = await openRedisBackend({ url, prefix: randomId(8), onNotice, ...options });
  await backend.close();
  return notices;
}

describe.skipIf(server === null)("opening a Redis", () => {
  let admin: Redis;
  beforeAll(() => {
    admin = new Redis(url);
  });
  afterAll(() => admin.disconnect());

  it("says once that it keeps nothing on disk, unless that was accepted", async () => {
    expect(await noticesOfOpening()).toEqual([expect.stringContaining("appendonly yes")]);
    expect(await noticesOfOpening({ ephemeral: true })).toEqual([]);
    await admin.config("SET", "appendonly", "yes");
    expect(await noticesOfOpening()).toEqual([]);
    await admin.config("SET", "appendonly", "no");
  });

  it("refuses a server that may evict runs", async () => {
    await admin.config("SET", "maxmemory-policy", "allkeys-lru");
    const opening = openRedisBackend({ url });
    await expect(opening).rejects.toMatchObject({
      code: "OPTION_INVALID",
      message: expect.stringContaining("config set maxmemory-policy noeviction"),
    });
    await admin.config("SET", "maxmemory-policy", "noeviction");
  });

  it("refuses several servers that are no cluster", async () => {
    const opening = openRedisBackend({ url: `${url},${url.replace("127.0.0.1", "localhost")}` });
    await expect(opening).rejects.toMatchObject({ code: "OPTION_INVALID" });
  });

  it("takes the second of several servers when the first is away", async () => {
    const opening = openRedisBackend({ url: `redis://127.0.0.1:1,${url}` });
    // It was asked, which is how it is known to be no cluster.
    await expect(opening).rejects.toMatchObject({ code: "OPTION_INVALID" });
  });

  it("refuses what a newer Sluice has written, and writes nothing more there once it has", async () => {
    const prefix = randomId(8);
    const old = await openRedisBackend({ url, prefix });
    const run = await seed(old);
    expect(await admin.get(`{${prefix}}:schema`)).toBe("1");
    await admin.set(`{${prefix}}:schema`, "2");
    const newer = { code: "BACKEND_NEWER", message: expect.stringContaining("Update Sluice") };
    await expect(openRedisBackend({ url, prefix })).rejects.toMatchObject(newer);
    await expect(seed(old)).rejects.toMatchObject(newer);
    const change = old.runs.update(run, (present) => ({ ...present, requests: 7 }));
    await expect(change).rejects.toMatchObject(newer);
    expect(await old.runs.get(run)).toMatchObject({ requests: 0 });
    await old.close();
  });
});

const pipeline = definePipeline({ name: "seeds", version: 1, input: z.object({ text: z.string() }) }).step(
  "same",
  code({ output: z.string(), run: ({ input }) => input.text }),
);

/** Enqueues one run; its id. */
async function seed(backend: Backend): Promise<string> {
  const items = [{ document: { id: null, name: "a.txt" }, input: { text: randomId(8) } }];
  const { runs } = await enqueue(backend, { pipeline, items, total: 1 });
  return runs[0]?.run ?? "";
}
