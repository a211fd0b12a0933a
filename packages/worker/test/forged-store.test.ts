import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { code, definePipeline, randomId } from "@sluice/core";
import { type Backend, find, keptEvents, openBackend } from "@sluice/worker";
import { startRedisServer } from "@sluice/worker/testing";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { inState, outputOf, putOne, workOn } from "./places.ts";

const redis = await startRedisServer();

const pipeline = definePipeline({
  name: "echo",
  version: 1,
  input: z.looseObject({ amount: z.number() }),
}).step("same", code({ output: z.number(), run: ({ input }) => input.amount }));

describe.skipIf(redis === null)("whoever can write to Redis", { timeout: 60_000 }, () => {
  let backend: Backend;
  let admin: Redis;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sluice-forged-"));
    backend = await openBackend({ home: folder, redisUrl: redis?.url });
    admin = new Redis(redis?.url ?? "");
  });
  afterAll(async () => {
    admin.disconnect();
    await backend.close();
    await redis?.stop();
    await rm(folder, { recursive: true });
  });

  /** A run that is queued and not taken yet, with its record changed behind everybody's back. */
  async function forge(change: (record: Record<string, unknown>) => unknown): Promise<string> {
    const { id } = await putOne(backend, pipeline);
    const key = `{sluice}:run:${id}`;
    const forged = change(JSON.parse((await admin.get(key)) ?? "{}"));
    await admin.set(key, typeof forged === "string" ? forged : JSON.stringify(forged));
    return id;
  }

  /** The worker lives, and does what is in order. */
  async function worksOn(): Promise<void> {
    const { id } = await putOne(backend, pipeline);
    expect(await outputOf(backend, id)).toBe(12);
  }

  it("names no code: a pipeline is looked for among those of the configuration, and nowhere else", async () => {
    const evil = join(folder, "evil.mjs");
    await writeFile(evil, 'globalThis.wasLoaded = true; export default { name: "echo", version: 1 };');
    const names = [
      evil,
      `file://${evil}`,
      "../../evil.js",
      "node:fs",
      "__proto__",
      "constructor",
      "toString",
    ];
    const ids = await Promise.all(names.map((name) => forge((record) => ({ ...record, pipeline: name }))));
    await using _worker = await workOn(backend, [pipeline]);
    // A worker of another project may know them.
    for (const id of ids)
      expect(await inState(backend, id, "parked")).toMatchObject({ parkedWhy: "PIPELINE_UNKNOWN" });
    expect("wasLoaded" in globalThis).toBe(false);
    await worksOn();
  });

  it.each<[string, (record: Record<string, unknown>) => unknown]>([
    ["is no JSON", () => "{"],
    ["is of another shape", () => ({ v: 2, payload: "x" })],
    ["is a list", () => []],
    ["has fields of other types", (record) => ({ ...record, version: "1", history: "x", models: {} })],
    ["has an id that is a path", (record) => ({ ...record, id: "../../etc/passwd" })],
    ["has an id that clears the screen", (record) => ({ ...record, id: "\u001b[2J" })],
    ["has a state that there is not", (record) => ({ ...record, status: "root" })],
  ])("stops no worker with a record that %s, which nobody takes for a run", async (_what, change) => {
    const id = await forge(change);
    const worker = await workOn(backend, [pipeline]);
    await expect(find(backend, id)).rejects.toMatchObject({ code: "STATE_INVALID" });
    await worksOn();
    await worker.close();
    await admin.del(`{sluice}:run:${id}`);
  });

  it("changes no prototype and keeps nothing of a run from being done by what it adds to a record", async () => {
    const id = await forge((record) => {
      const more = `"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"x":${JSON.stringify("x".repeat(5_000_000))}`;
      return JSON.stringify(record).replace(/}$/, `,${more}}`);
    });
    await using _worker = await workOn(backend, [pipeline]);
    expect(await outputOf(backend, id)).toBe(12);
    expect("polluted" in {}).toBe(false);
    expect(await backend.runs.get(id)).not.toHaveProperty("x");
  });

  it("has the worker take garbage for no run: ids that are none, and jobs without anything", async () => {
    await using _worker = await workOn(backend, [pipeline]);
    await backend.queue.add(["../../evil.js", "__proto__", "x".repeat(10_000), "a\nb\u0000c", "*"]);
    await admin.lpush("{sluice}:runs:wait", "nothing", "run-", randomId(5_000));
    await worksOn();
    await expect.poll(() => admin.llen("{sluice}:runs:wait"), { timeout: 15_000 }).toBe(0);
    await worksOn();
  });

  it("tells those who watch nothing but events of the known kinds", async () => {
    await using _worker = await workOn(backend, [pipeline]);
    const stream = "{sluice}:events";
    await worksOn();
    const entries = await admin.xrevrange(stream, "+", "-", "COUNT", 1);
    const [field = "e"] = entries[0]?.[1] ?? [];
    const forged = {
      at: 1,
      batchId: "b",
      document: "d",
      event: { type: "run.exploded", runId: "r", __proto__: 1 },
    };
    for (const text of ["{", "[]", JSON.stringify({ writer: "w", number: 1, events: [forged, null, 7] })]) {
      await admin.xadd(stream, "*", field, text);
    }
    const types = new Set<string>();
    for await (const { event } of keptEvents(backend)) types.add(event.type);
    expect(types).toContain("run.completed");
    expect(types).not.toContain("run.exploded");
  });
});
