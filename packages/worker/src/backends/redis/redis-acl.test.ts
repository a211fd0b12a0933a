import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { code, definePipeline, openRouter, randomId } from "@sluice/core";
import { Redis } from "ioredis";
import { afterAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { enqueue } from "../../client/enqueue.ts";
import { results } from "../../client/results.ts";
import { createRegistry } from "../../worker/registry.ts";
import { startWorker } from "../../worker/worker.ts";
import { openRedisBackend } from "./redis-backend.ts";
import { startRedisServer } from "./redis-server.fixture.ts";

const documented = new URL("../../../../../docs/reference/redis-users.acl", import.meta.url);
const folder = await mkdtemp(join(tmpdir(), "sluice-acl-"));
const aclFile = join(folder, "users.acl");
// A copy: Redis may write to its own.
await copyFile(documented, aclFile);
const server = await startRedisServer(undefined, ["--aclfile", aclFile]);

afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true });
});

const urlOf = (user = "sluice:CHANGE-ME") => (server?.url ?? "").replace("redis://", `redis://${user}@`);

const pipeline = definePipeline({ name: "echo", version: 1, input: z.object({ text: z.string() }) }).step(
  "same",
  code({ output: z.string(), run: ({ input }) => input.text }),
);
const models = openRouter({ apiKey: "nobody", baseUrl: "http://127.0.0.1:9" });

// The whole suite of the backend runs as this user, too: see redis-cluster.test.ts.
describe.skipIf(server === null)("under the documented users of Redis", () => {
  it("a worker works off what was enqueued", async () => {
    const backend = await openRedisBackend({ url: urlOf() });
    const items = ["one", "two"].map((text) => ({ document: { id: null, name: text }, input: { text } }));
    const { batchId } = await enqueue(backend, { pipeline, items, total: 2, fresh: true });
    const errors: unknown[] = [];
    const onError = (error: unknown) => void errors.push(error);
    const worker = await startWorker({ backend, registry: createRegistry([pipeline]), models, onError });
    const outputs = async () => {
      const found: unknown[] = [];
      for await (const { output } of results(backend, { batchId })) found.push(output);
      return found;
    };
    await expect.poll(outputs, { timeout: 15_000 }).toEqual(["one", "two"]);
    await worker.close();
    await backend.close();
    expect(errors).toEqual([]);
  });

  it.each([
    ["CONFIG", "GET", "save"],
    ["CONFIG", "SET", "save", ""],
    ["FLUSHALL"],
    ["FLUSHDB"],
    ["KEYS", "*"],
    ["SCAN", "0"],
    ["DEBUG", "SLEEP", "1"],
    ["SHUTDOWN"],
    ["SCRIPT", "FLUSH"],
    ["REPLICAOF", "NO", "ONE"],
    ["ACL", "LIST"],
    ["CLIENT", "LIST"],
    ["PUBLISH", "somewhere", "something"],
    ["GET", "other:key"],
    ["EVAL", "return 1", "1", "sluice:key"],
  ])("the user may not %s %s", async (...command) => {
    const admin = new Redis(urlOf("admin:CHANGE-ME-TOO"));
    const verdict = await admin.call("ACL", "DRYRUN", "sluice", ...command);
    admin.disconnect();
    expect(verdict).toMatch(/no permission/);
  });

  it("has of the dangerous commands only the one that tells what the server is", async () => {
    const admin = new Redis(urlOf("admin:CHANGE-ME-TOO"));
    const dangerous = z.array(z.string()).parse(await admin.call("ACL", "CAT", "dangerous"));
    admin.disconnect();
    const rules = (await readFile(documented, "utf8")).split("\n").at(-2)?.split(" ") ?? [];
    const granted = rules.slice(rules.indexOf("-@dangerous") + 1).map((rule) => rule.slice(1));
    expect(granted.filter((command) => dangerous.includes(command))).toEqual(["info"]);
  });

  it("says which command a user lacks, and needs no INFO", async () => {
    const admin = new Redis(urlOf("admin:CHANGE-ME-TOO"));
    const less = ["on", ">p", "~{sluice}:*", "+@all", "-info", "-hgetall"];
    await admin.call("ACL", "SETUSER", "less", ...less);
    const print = vi.spyOn(console, "warn");
    const notices: string[] = [];
    const onNotice = (notice: string) => void notices.push(notice);
    const backend = await openRedisBackend({ url: urlOf("less:p"), onNotice });
    await expect(backend.checkpoints.read(randomId(8))).rejects.toMatchObject({
      code: "BACKEND_REFUSED",
      message: expect.stringMatching(/hgetall.*docs\/guide\/redis\.md/),
    });
    const consumer = await backend.queue.consume({
      concurrency: 1,
      process: async () => ({ kind: "done" }),
      onError: () => {},
    });
    await consumer.close(0);
    await backend.close();
    admin.disconnect();
    expect(notices).toEqual([]);
    expect(print).not.toHaveBeenCalled();
    print.mockRestore();
  });
});
