import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { root } from "./source-files.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-examples-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const node = (...args: string[]) =>
  spawnSync(process.execPath, args, {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, SLUICE_HOME: join(folder, "store") },
  });

describe.each([
  { name: "licences", documents: 24, requestsEach: 1 },
  { name: "languages", documents: 20, requestsEach: 2 },
])("the example $name", ({ name, documents, requestsEach }) => {
  it("turns all its documents into results on the simulator, and scores them", () => {
    const out = join(folder, `${name}.jsonl`);
    const config = `examples/${name}/sluice.config.ts`;
    const run = node(
      "packages/cli/bin/sluice.js",
      ...["run", name, `examples/${name}/documents`, "--config", config, "--simulate", "--out", out],
    );
    expect(run.stderr).toContain(`${documents} of ${documents} done`);
    expect(run.status).toBe(0);
    const lines = readFileSync(out, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(documents);
    for (const line of lines)
      expect(line).toMatchObject({ status: "completed", requests: requestsEach, error: null });

    const score = node(`examples/${name}/score.mjs`, out);
    expect(score.stderr).toBe("");
    expect(score.stdout).toContain(`${documents} of ${documents} labelled documents completed`);
    expect(score.status).toBe(0);
  }, 60_000);
});
