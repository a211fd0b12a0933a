import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { code, definePipeline } from "@sluice/core";
import { type Backend, createRegistry, openBackend, type RunRecord, retry } from "@sluice/worker";
import { startRedisServer } from "@sluice/worker/testing";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";

const program = fileURLToPath(new URL("fixtures/dying-step.mjs", import.meta.url));
const redis = await startRedisServer();
afterAll(() => redis?.stop());

const places = [
  { name: "embedded", redisUrl: undefined, isPresent: true },
  { name: "redis", redisUrl: redis?.url, isPresent: redis !== null },
];

/** Runs a process until it has said enough, and ends it then, or until it dies by itself. */
async function runUntil(
  mode: "enqueue" | "work",
  settings: Record<string, string>,
  isEnough: (lines: readonly string[]) => boolean,
) {
  const env = { ...process.env, ...settings };
  const child = spawn(process.execPath, [program, mode], { env, stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (isEnough(lines)) child.kill("SIGTERM");
  }
  await exited;
  return lines;
}

async function recordsOf(backend: Backend, batchId: string): Promise<RunRecord[]> {
  const records: RunRecord[] = [];
  for await (const run of backend.runs.list({ batchId })) records.push(run);
  return records;
}

describe.each(places)("a document that kills every worker, on $name", ({ redisUrl, isPresent }) => {
  it.skipIf(!isPresent)(
    "is set aside after three, with the evidence, and takes no other run with it",
    async () => {
      const home = await mkdtemp(join(tmpdir(), "sluice-poison-"));
      const settings = {
        TEST_REDIS_URL: redisUrl ?? "",
        TEST_HOME: home,
        TEST_DOCUMENTS: "a,b,poison,c",
        TEST_DEADLY: "poison",
      };
      const [said = ""] = await runUntil("enqueue", settings, () => false);
      const batchId = said.replace("batch ", "");
      const ended = new Set<string>();
      const isEnded = (lines: readonly string[]) => {
        for (const line of lines) if (/^(completed|failed)/.test(line)) ended.add(line);
        return ended.size === 4;
      };
      let lives = 0;
      while (ended.size < 4 && lives < 6) {
        await runUntil("work", settings, isEnded);
        lives += 1;
      }
      expect(lives).toBe(4);

      const backend = await openBackend({ home, redisUrl });
      const records = await recordsOf(backend, batchId);
      const [poison] = records.filter(({ document }) => document.name === "poison");
      expect(poison).toMatchObject({
        status: "failed",
        error: {
          code: "POISON",
          message: expect.stringMatching(/^3 workers died in step "parse" of run \w+: .+:\d+:/),
        },
        crashes: [{ step: "parse" }, { step: "parse" }, { step: "parse" }],
      });
      expect(new Set(poison?.crashes?.map(({ worker }) => worker)).size).toBe(3);
      const others = records.filter((run) => run !== poison);
      expect(others.map(({ status }) => status)).toEqual(["completed", "completed", "completed"]);

      const pipeline = definePipeline({
        name: "dying",
        version: 2,
        input: z.object({ text: z.string() }),
      }).step("read", code({ output: z.string(), run: ({ input }) => input.text }));
      await retry(backend, createRegistry([pipeline]), poison ? [poison] : []);
      const retried = await backend.runs.get(poison?.id ?? "");
      expect(retried?.status).toBe("queued");
      expect(retried?.crashes).toBeUndefined();
      await backend.close();
      await rm(home, { recursive: true, force: true });
    },
    120_000,
  );
});
