import { startRedisServer } from "@sluice/worker/testing";
import { afterAll, describe, expect, test } from "vitest";
import { call } from "./call.ts";
import { makeFolder, paymentsConfig } from "./folder.ts";
import { sluice, startSluice } from "./spawn-sluice.ts";

const redis = await startRedisServer();
afterAll(() => redis?.stop());

describe.skipIf(redis === null)("a run that waits for a person, among processes", { timeout: 60_000 }, () => {
  const files = { "sluice.config.ts": paymentsConfig(), "a.txt": "ACME" };
  const env = { SLUICE_REDIS_URL: redis?.url ?? "" };

  test("ends a draining worker with 75, and is completed by another after the decision", async () => {
    await using folder = await makeFolder(files);
    const options = { cwd: folder.path, env };
    const queued = await call(["enqueue", "payments", "a.txt"], options);
    expect(queued.code).toBe(0);
    const first = await sluice(["worker", "--drain"], options);
    expect(first.code).toBe(75);
    expect(first.stderr).toMatch(
      /Nothing is left to do now: 1 run waits for a decision: `sluice approve \w{12}`/,
    );
    const run = /sluice approve (\w{12})`/.exec(first.stderr)?.[1] ?? "";

    const decided = await sluice(["approve", run, "--decision", '{"ok":true}'], options);
    expect(decided).toMatchObject({ code: 0, stdout: `release of run ${run}: {"ok":true}\n` });
    expect((await sluice(["worker", "--drain"], options)).code).toBe(0);
    const shown = await call(["show", run, "--json"], options);
    expect(JSON.parse(shown.stdout)).toMatchObject({ status: "completed", output: "paid" });
  });

  test("loses nothing when its worker is killed, and wakes a worker that only waits for work", async () => {
    await using folder = await makeFolder(files);
    const options = { cwd: folder.path, env };
    const batch = (await call(["enqueue", "payments", "a.txt", "--fresh"], options)).stdout.trim();
    const { run } = JSON.parse((await call(["runs", "ls", "--batch", batch, "--json"], options)).stdout);
    const status = async () => JSON.parse((await call(["show", run, "--json"], options)).stdout).status;
    const killed = startSluice(["worker"], options);
    await expect.poll(status, { timeout: 30_000, interval: 100 }).toBe("waiting");
    killed.child.kill("SIGKILL");
    await killed.ended;
    expect(await status()).toBe("waiting");

    const second = startSluice(["worker"], options);
    await second.said("runs at a time");
    expect((await call(["approve", run, "--decision", '{"ok":false}'], options)).code).toBe(0);
    await expect.poll(status, { timeout: 20_000, interval: 100 }).toBe("completed");
    second.child.kill("SIGTERM");
    expect((await second.ended).code).toBe(0);
    const exported = await call(["export", batch], options);
    expect(JSON.parse(exported.stdout)).toMatchObject({ status: "completed", output: "kept" });
  });
});
