import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { scenarios, startSimulator } from "@sluice/simulator";
import { describe, expect, test } from "vitest";
import { type CallOptions, call } from "./call.ts";
import { fastStoreOf } from "./fast-store.ts";
import { makeFolder, makeProject, putProjectStore, titlesConfig } from "./folder.ts";
import { sluice, startSluice } from "./spawn-sluice.ts";

const jsonLines = (text: string) =>
  text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

/** On the folder's own store, which the real program uses as well. */
const callEmbedded = (argv: readonly string[], options: CallOptions) =>
  call(argv, { ...options, env: { SLUICE_REDIS_URL: "", ...options.env } });

describe("a newcomer without a key", { timeout: 60_000 }, () => {
  test("sees the demo through, and a second one at once", async () => {
    await using folder = await makeFolder();
    const cwd = folder.path;
    const first = await sluice(["demo"], { cwd });
    expect(first.code).toBe(0);
    expect(first.stderr).toContain(
      "No OPENROUTER_API_KEY is set: the answers come from the offline simulator and no model is called.",
    );
    expect(first.stderr).toContain("24 of 24 done; 24 requests spent.");
    expect(first.stdout).toContain("24 of 24 labelled documents completed");

    const startedAt = performance.now();
    const env = { SLUICE_REDIS_URL: "redis://127.0.0.1:9" };
    const second = await sluice(["demo"], { cwd, env });
    expect(second.code).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(second.stderr).toContain("24 of 24 done, 24 of them before; 0 requests spent.");
    const results = jsonLines(await readFile(join(cwd, ".sluice/demo/results.jsonl"), "utf8"));
    expect(results).toHaveLength(24);
  });

  test("starts a project, runs it, and goes on after a document that cannot be read", async () => {
    await using folder = await makeFolder();
    expect((await callEmbedded(["init", "mine"], { cwd: folder.path })).code).toBe(0);
    const cwd = join(folder.path, "mine");
    await putProjectStore(cwd);
    const first = await sluice(["run", "letters", "documents"], { cwd });
    expect(first.code).toBe(0);
    expect(first.stdout).toMatch(/^document +kind +sender/);
    expect(first.stdout).toMatch(/complaint\.txt +complaint/);
    expect(first.stderr).toMatch(/Next: sluice show \w+\n +sluice export/);

    await writeFile(join(cwd, "documents/empty.txt"), "");
    await writeFile(join(cwd, "documents/torn.pdf"), "%PDF-1.7\nnothing follows");
    await writeFile(join(cwd, "documents/.hidden"), "not a document");
    const second = await sluice(["run", "letters", "documents", "--out", "all.jsonl"], { cwd });
    expect(second.code).toBe(3);
    expect(second.stderr).toContain("failed documents/empty.txt: DOCUMENT_EMPTY");
    expect(second.stderr).toContain("2 of 4 done, 2 failed, 2 of them before; 0 requests spent.");
    const lines = jsonLines(await readFile(join(cwd, "all.jsonl"), "utf8"));
    expect(lines.map((line) => [line.document.name, line.status, line.error?.code ?? null])).toEqual([
      ["documents/complaint.txt", "completed", null],
      ["documents/empty.txt", "failed", "DOCUMENT_EMPTY"],
      ["documents/invitation.md", "completed", null],
      ["documents/torn.pdf", "failed", "DOCUMENT_MALFORMED"],
    ]);
  });
});

describe("a day's work", { timeout: 60_000 }, () => {
  test("is queued by one process, worked off by another, exported by a third", async () => {
    await using folder = await makeProject({
      "sluice.config.ts": titlesConfig('simulate: "always"'),
      "in/a.txt": "The old lighthouse\n\nIt stands on the cape.",
      "in/b/c.md": "# Rules of the house\n\nNo noise after ten.",
    });
    const cwd = folder.path;
    const queued = await sluice(["enqueue", "titles", "in/**/*.{txt,md}"], { cwd });
    expect(queued.code).toBe(0);
    const worked = await sluice(["worker", "--drain"], { cwd });
    expect(worked.code).toBe(0);
    expect(worked.stderr).toContain("done   in/a.txt (1 request");
    const exported = await callEmbedded(["export", queued.stdout.trim()], { cwd });
    expect(jsonLines(exported.stdout).map((line) => [line.document.name, line.status])).toEqual([
      ["in/a.txt", "completed"],
      ["in/b/c.md", "completed"],
    ]);
  });

  test("stops with 75 when the free day is spent, and says when it goes on", async () => {
    await using folder = await makeProject({
      "sluice.config.ts": titlesConfig(),
      "in/1.txt": "First title",
      "in/2.txt": "Second title",
      "in/3.txt": "Third title",
    });
    const { code, stderr } = await sluice(["run", "titles", "in", "--simulate"], {
      cwd: folder.path,
      env: { SLUICE_QUOTA_PER_DAY: "2", TZ: "Europe/Madrid" },
    });
    expect(code).toBe(75);
    expect(stderr).toContain("--simulate was given: the answers come from the offline simulator");
    expect(stderr).toMatch(
      /2 of 3 done; the free day is spent; resumes 00:0\d UTC \(0[12]:0\d local\): `sluice worker --drain`/,
    );
  });

  test("survives Ctrl-C: the next worker goes on, and no finished request is sent again", async () => {
    await using simulator = await startSimulator({ latencyMs: 300 });
    await using folder = await makeFolder({
      "sluice.config.ts": titlesConfig("concurrency: 1"),
      "in/1.txt": "First title",
      "in/2.txt": "Second title",
      "in/3.txt": "Third title",
    });
    const env = { ...fastStoreOf(folder.path), OPENROUTER_BASE_URL: simulator.url };
    const options = { cwd: folder.path, env };
    const running = startSluice(["run", "titles", "in"], options);
    await running.said("done   in/1.txt");
    running.child.kill("SIGINT");
    const { code, stderr } = await running.ended;
    expect(code).toBe(130);
    expect(stderr).toMatch(/of 3 done; interrupted, nothing is lost\. Go on with: `sluice worker --drain`/);

    expect((await sluice(["worker", "--drain"], options)).code).toBe(0);
    const exported = await call(["export", "latest-batch"], options);
    expect(jsonLines(exported.stdout).map((line) => line.error ?? line.status)).toEqual(
      Array(3).fill("completed"),
    );
    const asked = simulator.journal.filter((entry) => entry.path.endsWith("/chat/completions"));
    expect(asked).toHaveLength(3);
  });

  test("stops at the first answer that was charged, until a person resumes it", async () => {
    const scenario = structuredClone(scenarios.charged);
    await using simulator = await startSimulator({ scenario });
    await using folder = await makeFolder({ "sluice.config.ts": titlesConfig(), "a.txt": "A title" });
    const env = { ...fastStoreOf(folder.path), OPENROUTER_BASE_URL: simulator.url };
    const options = { cwd: folder.path, env };
    const { code, stderr } = await sluice(["run", "titles", "a.txt"], options);
    expect(code).toBe(1);
    expect(stderr).toContain("error COST_DETECTED");
    const quota = await call(["quota", "--json"], options);
    expect(JSON.parse(quota.stdout).halted).toEqual(expect.any(String));
    expect((await call(["quota", "resume"], options)).stderr).toContain("may send requests again");
  });
});

describe("the program", () => {
  test("loads nothing heavy to print help or its version", async () => {
    const hook = `export async function load(url, context, next) {
      process._rawDebug("loaded " + url);
      return next(url, context);
    }`;
    const register = `import { register } from "node:module";
      register("data:text/javascript," + encodeURIComponent(${JSON.stringify(hook)}));`;
    const env = { NODE_OPTIONS: `--import "data:text/javascript,${encodeURIComponent(register)}"` };
    for (const word of ["--help", "--version"]) {
      const { code, stdout, stderr } = await sluice([word], { cwd: "/", env });
      expect(code).toBe(0);
      expect(stdout).not.toBe("");
      const loaded = stderr.split("\n").filter((line) => line.startsWith("loaded "));
      expect(loaded.filter((line) => line.includes("commander"))).not.toEqual([]);
      expect(
        loaded.filter((line) => /\/(core|worker|simulator)\/dist\/|langchain|bullmq|jiti|zod/.test(line)),
      ).toEqual([]);
    }
  });

  test("ends at once at a second Ctrl-C", async () => {
    await using simulator = await startSimulator({ latencyMs: 20_000 });
    await using folder = await makeProject({ "sluice.config.ts": titlesConfig(), "a.txt": "A title" });
    const env = { ...fastStoreOf(folder.path), OPENROUTER_BASE_URL: simulator.url };
    const running = startSluice(["run", "titles", "a.txt"], { cwd: folder.path, env });
    await expect
      .poll(() => simulator.journal.some((entry) => entry.method === "POST"), { timeout: 15_000 })
      .toBe(true);
    running.child.kill("SIGINT");
    await running.said("Ctrl-C again stops at once");
    running.child.kill("SIGINT");
    expect((await running.ended).code).toBe(130);
  });
});
