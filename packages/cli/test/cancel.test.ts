import { startRedisServer } from "@sluice/worker/testing";
import { afterAll, describe, expect, test } from "vitest";
import { call } from "./call.ts";
import { makeFolder } from "./folder.ts";
import { startSluice } from "./spawn-sluice.ts";

const redis = await startRedisServer();
afterAll(() => redis?.stop());

/** Two steps; the second says on stderr that it hangs, what its signal says, and gives its output much later. */
const slowConfig = `
import { setTimeout as sleep } from "node:timers/promises";
import { code, defineConfig, definePipeline } from "@sluice/core";
import { z } from "zod";

const slow = definePipeline({ name: "slow", version: 1, input: z.object({ text: z.string() }) })
  .step("first", code({ output: z.number(), run: ({ input }) => input.text.length }))
  .step("second", code({ output: z.string(), run: async ({ signal }) => {
    signal.addEventListener("abort", () => process.stderr.write("aborted " + signal.reason.code + "\\n"));
    process.stderr.write("hanging\\n");
    await sleep(2_500);
    process.stderr.write("late\\n");
    return "late";
  } }));
export default defineConfig({ pipelines: [slow], simulate: "always" });
`;

describe.skipIf(redis === null)("sluice cancel, among processes", { timeout: 60_000 }, () => {
  const env = { SLUICE_REDIS_URL: redis?.url ?? "" };

  test("stops a run that another process works on within a second, for good", async () => {
    await using folder = await makeFolder({ "sluice.config.ts": slowConfig, "a.txt": "Hello." });
    const options = { cwd: folder.path, env };
    await call(["enqueue", "slow", "a.txt"], options);
    const worker = startSluice(["worker"], options);
    await worker.said("hanging");
    const { stdout } = await call(["cancel", "latest"], options);
    expect(stdout).toMatch(/^run \w{12}: cancelled\n$/);
    await worker.said("aborted RUN_CANCELLED");
    const abortedAt = Date.now();
    const run = stdout.slice(4, 16);
    const show = async () => JSON.parse((await call(["show", run, "--json"], options)).stdout);
    expect(abortedAt - Date.parse((await show()).finishedAt)).toBeLessThan(1_000);

    await worker.said("late");
    await call(["enqueue", "slow", "a.txt"], options);
    const latest = async () => JSON.parse((await call(["show", "latest", "--json"], options)).stdout);
    await expect
      .poll(async () => (await latest()).status, { timeout: 20_000, interval: 50 })
      .toBe("completed");
    worker.child.kill("SIGTERM");
    expect((await worker.ended).code).toBe(0);
    const shown = await show();
    expect(shown).toMatchObject({ status: "cancelled", output: null, error: null, steps: { first: 6 } });
    expect(Object.keys(shown.steps)).toEqual(["first"]);
  });

  test("tells a worker that only waits for work that the queue is paused, and that it goes on", async () => {
    await using folder = await makeFolder({ "sluice.config.ts": slowConfig });
    const options = { cwd: folder.path, env };
    const worker = startSluice(["worker"], options);
    await worker.said("runs at a time");
    await call(["queue", "pause"], options);
    await worker.said("The queue is paused, nothing is taken. Go on with: sluice queue resume");
    await call(["queue", "resume"], options);
    await worker.said("Nothing is paused any more.");
    worker.child.kill("SIGTERM");
    expect((await worker.ended).code).toBe(0);
  });
});
