import { startRedisServer } from "@sluice/worker/testing";
import { afterAll, describe, expect, it } from "vitest";
import { call } from "./call.ts";
import { checksConfig, makeFolder } from "./folder.ts";

const redis = await startRedisServer();
afterAll(() => redis?.stop());

const NOTICE = "keeps nothing on disk";
const files = { "sluice.config.ts": checksConfig("bad"), "a.txt": "A letter." };

describe.skipIf(redis === null)("a Redis that keeps nothing on disk", () => {
  it.each([
    ["enqueue", ["enqueue", "checks", "a.txt"]],
    ["run", ["run", "checks", "a.txt"]],
    ["worker", ["worker", "--drain"]],
  ])("is told of by %s, unless it was accepted", async (_name, argv) => {
    await using folder = await makeFolder(files);
    const sluice = (more: string[], env: Record<string, string> = {}) =>
      call([...argv, ...more], { cwd: folder.path, env: { SLUICE_REDIS_URL: redis?.url ?? "", ...env } });
    const plain = await sluice([]);
    expect(plain.stderr.split(NOTICE)).toHaveLength(2);
    expect(plain.stderr).toContain("--ephemeral");
    expect((await sluice(["--ephemeral"])).stderr).not.toContain(NOTICE);
    expect((await sluice([], { SLUICE_EPHEMERAL: "1" })).stderr).not.toContain(NOTICE);
  });

  it("is nothing to commands that only look, and makes doctor fail unless it was accepted", async () => {
    await using folder = await makeFolder(files);
    const sluice = (argv: string[], env: Record<string, string> = {}) =>
      call(argv, { cwd: folder.path, env: { SLUICE_REDIS_URL: redis?.url ?? "", ...env } });
    expect((await sluice(["runs", "ls"])).stderr).not.toContain(NOTICE);
    const persistence = async (env: Record<string, string>) => {
      const { stdout, code } = await sluice(["doctor", "--json"], env);
      const findings = JSON.parse(stdout) as { check: string; status: string }[];
      return { code, status: findings.find(({ check }) => check === "store persistence")?.status };
    };
    expect(await persistence({})).toEqual({ code: 1, status: "fail" });
    expect(await persistence({ SLUICE_EPHEMERAL: "1" })).toEqual({ code: 0, status: "ok" });
    expect(await sluice(["runs", "ls"], { SLUICE_EPHEMERAL: "perhaps" })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("SLUICE_EPHEMERAL"),
    });
  });
});
