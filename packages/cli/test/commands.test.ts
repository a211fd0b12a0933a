import { existsSync } from "node:fs";
import { cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { startSimulator } from "@sluice/simulator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CommandKey, commands } from "../src/commands/all.ts";
import { type CallOptions, call } from "./call.ts";
import {
  checksConfig,
  type Folder,
  makeFolder,
  paymentsConfig,
  putProjectStore,
  titlesConfig,
} from "./folder.ts";
import { keepingPromises } from "./keeping-promises.ts";

let project: Folder;

/** In the project's folder unless told otherwise. */
const inProject = (argv: readonly string[], options: Partial<CallOptions> = {}) =>
  call(argv, { cwd: project.path, ...options });

beforeAll(async () => {
  project = await makeFolder();
  await call(["init", "."], { cwd: project.path });
  const { code, stderr } = await inProject(["run", "letters", "documents"]);
  if (code !== 0) throw new Error(stderr);
});

afterAll(() => project.remove());

/** A folder with files; to copy an embedded store that was used takes a tenth of the time that making one takes. */
async function folderWithStore(files: Record<string, string>): Promise<Folder> {
  const folder = await makeFolder(files);
  const store = join(project.path, ".sluice");
  if (existsSync(store)) await cp(store, join(folder.path, ".sluice"), { recursive: true });
  return folder;
}

/** A configuration with two versions of one pipeline, and another pipeline. */
const versionsConfig = `
import { code, defineConfig, definePipeline } from "@sluice/core";
import { z } from "zod";

const sizes = (name, version) =>
  definePipeline({ name, version, input: z.object({ text: z.string() }) })
    .step("size", code({ output: z.number(), run: ({ input }) => input.text.length }));
export default defineConfig({ pipelines: [sizes("sizes", 1), sizes("sizes", 2), sizes("others", 1)] });
`;

/** One promise of each command at least: a command without an entry does not compile. */
const promises: Record<CommandKey, Record<string, () => Promise<void>>> = {
  ...keepingPromises(folderWithStore),
  demo: {
    "refuses an argument it does not know": async () => {
      const { code, stderr } = await inProject(["demo", "licences"]);
      expect(code).toBe(2);
      expect(stderr).toContain("too many arguments");
    },
  },
  init: {
    "refuses a folder that holds anything, and leaves it alone": async () => {
      const { code, stderr } = await inProject(["init", "."]);
      expect(code).toBe(2);
      expect(stderr).toContain(`error OPTION_INVALID: ${project.path} is not empty`);
    },
    "names what to type next, in a folder below too": async () => {
      await using folder = await makeFolder();
      const { code, stderr } = await call(["init", "a/b"], { cwd: folder.path });
      expect(code).toBe(0);
      expect(stderr).toContain("cd a/b\n  sluice run letters documents");
      expect(await readFile(join(folder.path, "a/b/.gitignore"), "utf8")).toContain(".env");
    },
  },
  run: {
    "shows the runs that exist at no request, and makes new ones with --fresh": async () => {
      const lines = (text: string) =>
        text
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line));
      const runIds = (text: string) => lines(text).map(({ run }) => run);
      const first = await inProject(["run", "letters", "documents", "--json"]);
      const again = await inProject(["run", "letters", "documents", "--json"]);
      expect(again.stdout).toBe(first.stdout);
      expect(again.stderr).toContain(
        "0 runs of letters queued; 2 runs exist already (--fresh makes new ones).",
      );
      expect(again.stderr).toContain("2 of 2 done, 2 of them before; 0 requests spent.");
      const anew = await inProject(["run", "letters", "documents", "--json", "--fresh"]);
      expect(runIds(anew.stdout)).not.toEqual(runIds(first.stdout));
      expect(lines(anew.stdout).map(({ cached, requests }) => [cached, requests])).toEqual([
        [false, 1],
        [false, 1],
      ]);
      expect(anew.stderr).toContain("2 of 2 done; 2 requests spent.");
    },
    "prints one result line for each run with --json, and nothing else": async () => {
      const { code, stdout, stderr } = await inProject(["run", "letters", "documents", "--json"]);
      expect(code).toBe(0);
      const lines = stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      expect(lines.map((line) => [line.document.name, line.status, line.output.kind])).toEqual([
        ["documents/complaint.txt", "completed", "complaint"],
        ["documents/invitation.md", "completed", "invitation"],
      ]);
      expect(Object.keys(lines[0])).toEqual([
        "run",
        "batch",
        "pipeline",
        "version",
        "document",
        "status",
        "output",
        "error",
        "requests",
        "models",
        "cached",
        "startedAt",
        "finishedAt",
      ]);
      expect(stderr).toContain("2 of 2 done, 2 of them before; 0 requests spent.");
    },
    "lists the pipelines there are when one is unknown": async () => {
      const { code, stdout, stderr } = await inProject(["run", "leters", "documents"]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toContain(
        'error PIPELINE_UNKNOWN: There is no pipeline "leters". The configuration has: letters@1.',
      );
    },
    "refuses to overwrite a file before anything is asked": async () => {
      await using simulator = await startSimulator();
      const env = { OPENROUTER_BASE_URL: simulator.url };
      const out = ["--out", "pipeline.jsonl"];
      await using folder = await makeFolder({
        "sluice.config.ts": titlesConfig(),
        "a.txt": "A title",
        "pipeline.jsonl": "precious",
      });
      const { code, stderr } = await call(["run", "titles", "a.txt", ...out], { cwd: folder.path, env });
      expect(code).toBe(2);
      expect(stderr).toContain("--out pipeline.jsonl exists already; choose another name, or add --force.");
      expect(await readFile(join(folder.path, "pipeline.jsonl"), "utf8")).toBe("precious");
      expect(simulator.journal).toHaveLength(0);
    },
    "names the ways out when there is no key": async () => {
      await using folder = await makeFolder({ "sluice.config.ts": titlesConfig(), "a.txt": "A title" });
      const { code, stderr } = await call(["run", "titles", "a.txt"], { cwd: folder.path });
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /error KEY_MISSING: .*https:\/\/openrouter\.ai\/settings\/keys.*--simulate.*sluice demo/s,
      );
    },
    "refuses a model that may cost money before anything is asked": async () => {
      await using simulator = await startSimulator();
      await using folder = await makeFolder({
        "sluice.config.ts": titlesConfig("", 'models: ["openai/gpt-4o"],'),
        "a.txt": "A title",
      });
      const env = { OPENROUTER_BASE_URL: simulator.url };
      const { code, stderr } = await call(["run", "titles", "a.txt"], { cwd: folder.path, env });
      expect(code).toBe(1);
      expect(stderr).toMatch(/error NOT_FREE: .*"openai\/gpt-4o"/);
      expect(simulator.journal).toHaveLength(0);
    },
    "enqueues nothing when the server refuses the key, and never shows the key": async () => {
      await using simulator = await startSimulator({ apiKeys: ["another"] });
      const key = "sk-or-v1-0123456789abcdef";
      const env = { OPENROUTER_BASE_URL: simulator.url, OPENROUTER_API_KEY: key, SLUICE_DEBUG: "1" };
      const before = await inProject(["runs", "ls", "--json"]);
      const refused = await inProject(["run", "letters", "documents"], { env });
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain("error ACCOUNT_REFUSED");
      expect(refused.stderr).not.toContain(key);
      expect(await inProject(["runs", "ls", "--json"])).toEqual(before);
    },
  },
  enqueue: {
    "asks no model, and prints the batch's id alone on stdout": async () => {
      const { code, stdout, stderr } = await inProject(["enqueue", "letters", "-"], {
        stdin: "Dear Sir, hello.",
      });
      expect(code).toBe(0);
      expect(stdout).toMatch(/^\w{8}\n$/);
      expect(stderr).toContain("sluice worker --drain");
    },
    "tells of each document whether its run is new or exists": async () => {
      const enqueue = async (...argv: string[]) =>
        JSON.parse(
          (await inProject(["enqueue", "letters", "-", "--json", ...argv], { stdin: "Good day." })).stdout,
        );
      const first = await enqueue();
      expect(first).toMatchObject({ queued: 1, existing: 0, runs: [{ how: "new" }] });
      const [{ run }] = first.runs;
      expect(await enqueue()).toMatchObject({ queued: 0, existing: 1, runs: [{ run, how: "existing" }] });
      expect((await enqueue("--fresh")).runs[0].run).not.toBe(run);
    },
    "queues for later and by priority, which show tells": async () => {
      await using folder = await folderWithStore({ "sluice.config.ts": titlesConfig(), "a.txt": "A title" });
      const type = (...argv: string[]) => call(argv, { cwd: folder.path });
      const argv = ["enqueue", "titles", "a.txt", "--priority", "low", "--delay", "2h", "--json"];
      const [{ run }] = JSON.parse((await type(...argv)).stdout).runs;
      const { stdout } = await type("show", run);
      expect(stdout).toMatch(/^state +parked until \d\d:\d\d UTC/m);
      expect(stdout).toMatch(/^priority +low$/m);
      expect(stdout).toMatch(/^history\n {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}parked \(delay\)$/m);
      const shown = JSON.parse((await type("show", run, "--json")).stdout);
      expect(shown).toMatchObject({
        priority: "low",
        history: [{ status: "parked", at: shown.enqueuedAt, why: "delay" }],
      });
      expect(Math.abs(Date.parse(shown.parkedUntil) - Date.parse(shown.enqueuedAt) - 7_200_000)).toBeLessThan(
        10_000,
      );
    },
    "refuses a delay or a priority that is none": async () => {
      for (const [option, given, rule] of [
        ["--delay", "2", "a number and a unit, as in 90s, 15min, 2h or 3d"],
        ["--delay", "-2h", "a number and a unit"],
        ["--priority", "7", "one of: urgent, normal, low"],
      ] as const) {
        const { code, stderr } = await inProject(["enqueue", "letters", "documents", option, given]);
        expect(code).toBe(2);
        expect(stderr).toContain(rule);
      }
    },
    "names the path that matches nothing": async () => {
      const { code, stderr } = await inProject(["enqueue", "letters", "documents", "nothing/*.pdf"]);
      expect(code).toBe(2);
      expect(stderr).toContain('error DOCUMENT_NOT_FOUND: "nothing/*.pdf" matches no file');
    },
  },
  worker: {
    "drains what is queued and says so": async () => {
      const queued = await inProject(["enqueue", "letters", "documents/invitation.md"]);
      const { code, stderr } = await inProject(["worker", "--drain"]);
      expect(code).toBe(0);
      expect(stderr).toContain("Nothing is left to do.");
      const shown = await inProject(["show", queued.stdout.trim(), "--json"]);
      expect(JSON.parse(shown.stdout).counts.completed).toBe(1);
    },
    "stops when told to": async () => {
      const stop = new AbortController();
      const working = inProject(["worker"], { signal: stop.signal });
      stop.abort();
      expect((await working).code).toBe(0);
    },
  },
  runsLs: {
    "lists runs by state and batch": async () => {
      const args = ["runs", "ls", "--batch", "latest-batch", "--json"];
      const { stdout } = await inProject([...args, "--status", "completed", "--limit", "1"]);
      expect(JSON.parse(stdout)).toMatchObject({ status: "completed", pipeline: "letters" });
      expect(await inProject([...args, "--status", "failed"])).toMatchObject({ code: 0, stdout: "" });
    },
    "names the states there are": async () => {
      const { code, stderr } = await inProject(["runs", "ls", "--status", "done"]);
      expect(code).toBe(2);
      expect(stderr).toContain("It must be one of: queued, running, parked");
    },
  },
  show: {
    "shows a run with the output of each step": async () => {
      await inProject(["run", "letters", "documents/invitation.md", "--fresh"]);
      const { code, stdout } = await inProject(["show", "latest", "--json"]);
      expect(code).toBe(0);
      const run = JSON.parse(stdout);
      expect(run.steps.decide).toEqual({ needsAnswer: true });
      const prefix = run.run.slice(0, 8);
      expect((await inProject(["show", prefix])).stdout).toMatch(
        /state +completed[\s\S]*step read[\s\S]*output/,
      );
    },
    "says when there is no such run": async () => {
      const { code, stderr } = await inProject(["show", "zzzz"]);
      expect(code).toBe(1);
      expect(stderr).toContain("error RUN_NOT_FOUND");
    },
  },
  watch: {
    "ends at once with a batch that is finished": async () => {
      const { code, stdout, stderr } = await inProject(["watch", "latest-batch"]);
      expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
      expect(stderr).toMatch(/Watching batch \w{8} on [\s\S]*\d of \d done\.\n/);
    },
  },
  logs: {
    "shows which model answered, and follows a finished run no further than to its end": async () => {
      await inProject(["run", "letters", "documents/invitation.md", "--fresh"]);
      const { code, stdout } = await inProject(["logs", "latest"]);
      expect(code).toBe(0);
      expect(stdout).toMatch(/ {2}started letters@1\n[\s\S]*:free answered in [\s\S]* {2}completed \(1 /);
      expect(await inProject(["logs", "latest", "-f"])).toMatchObject({ code: 0, stdout });
    },
  },
  approve: {
    "shows the question, takes the decision, and tells a second one that it does not count": async () => {
      await using folder = await folderWithStore({ "sluice.config.ts": paymentsConfig(), "a.txt": "ACME" });
      const type = (...argv: string[]) => call(argv, { cwd: folder.path });
      const ran = await type("run", "payments", "a.txt");
      expect(ran.code).toBe(75);
      expect(ran.stderr).toMatch(/0 of 1 done; 1 run waits for a decision: `sluice approve \w{12}`/);

      const shown = await type("show", "latest");
      expect(shown.stdout).toMatch(/state +waiting at release\nquestion +Pay what ACME asks\?/);
      const asked = await type("approve", "latest");
      expect(asked).toMatchObject({ code: 0, stderr: expect.stringMatching(/--decision '{"ok":true}'\n$/) });
      expect(asked.stdout).toMatch(/^step release\n\nPay what ACME asks\?\n\ndecision {\n[\s\S]*"boolean"/);
      const data = JSON.parse((await type("approve", "latest", "--json")).stdout);
      expect(data).toMatchObject({
        step: "release",
        question: "Pay what ACME asks?",
        until: null,
        decision: { type: "object", required: ["ok"] },
      });

      const given = await type("approve", data.run.slice(0, 6), "--decision", '{"ok":false}', "--json");
      expect(given.code).toBe(0);
      expect(JSON.parse(given.stdout)).toEqual({
        run: data.run,
        step: "release",
        decision: { ok: false },
        isThis: true,
      });
      const late = await type("approve", data.run, "--step", "release", "--decision", '{"ok":true}');
      expect(late).toMatchObject({ code: 1, stdout: `release of run ${data.run}: {"ok":false}\n` });
      expect(late.stderr).toContain("Another decision was recorded before");
      expect((await type("worker", "--drain")).code).toBe(0);
      expect(JSON.parse((await type("show", "latest", "--json")).stdout)).toMatchObject({
        status: "completed",
        output: "kept",
        waitingFor: null,
      });
    },
    "refuses what is no JSON or does not fit, a run that does not wait, and a batch": async () => {
      await using folder = await folderWithStore({ "sluice.config.ts": paymentsConfig(), "a.txt": "ACME" });
      const type = (...argv: string[]) => call(argv, { cwd: folder.path });
      const batch = (await type("enqueue", "payments", "a.txt")).stdout.trim();
      const says = async (text: string, ...argv: string[]) =>
        expect(await type("approve", ...argv)).toMatchObject({ stderr: expect.stringContaining(text) });
      await says("--decision must be JSON", "latest", "--decision", "{ok:true}");
      await says("does not wait for a decision, it is queued", "latest");
      await says("there are: release", "latest", "--step", "pay");
      await says("is a batch, not a run", batch);
      expect((await type("worker", "--drain")).code).toBe(75);
      await says('does not fit step "release"', "latest", "--decision", '{"ok":"yes"}');
    },
  },
  cancel: {
    "says what was cancelled and what was finished already": async () => {
      await using folder = await folderWithStore({
        "sluice.config.ts": checksConfig("bad"),
        "a.txt": "good",
        "b.txt": "bad",
      });
      const type = (...argv: string[]) => call(argv, { cwd: folder.path });
      const batch = (await type("enqueue", "checks", "a.txt", "b.txt")).stdout.trim();
      const runs = JSON.parse((await type("show", batch, "--json")).stdout).runs;
      const [first, second] = runs.map(({ run }: { run: string }) => run);
      expect(await type("cancel", first)).toMatchObject({
        code: 0,
        stdout: `run ${first}: cancelled\n`,
        stderr: `What it has recorded is kept. Go on with it: sluice retry ${first}\n`,
      });
      const both = await type("cancel", first, batch);
      expect(both.stdout).toBe(
        `run ${first}: cancelled already\nbatch ${batch}: 1 run cancelled, 1 finished already\n`,
      );
      expect(JSON.parse((await type("cancel", batch, second, "--json")).stdout)).toEqual({
        cancelled: 0,
        finished: 3,
        targets: [
          { kind: "batch", id: batch, cancelled: 0, finished: 2 },
          { kind: "run", id: second, cancelled: 0, finished: 1, status: "cancelled" },
        ],
      });
    },
    "of a batch leaves it to be retried when that is asked for": async () => {
      await using folder = await folderWithStore({
        "sluice.config.ts": checksConfig("bad"),
        "a.txt": "good",
        "b.txt": "bad",
      });
      const type = (...argv: string[]) => call(argv, { cwd: folder.path });
      const batch = (await type("enqueue", "checks", "a.txt", "b.txt")).stdout.trim();
      expect((await type("cancel", batch)).stdout).toBe(`batch ${batch}: 2 runs cancelled\n`);
      expect((await type("retry", batch)).stdout).toBe("No run of this batch has failed.\n");
      expect((await type("retry", batch, "--cancelled")).stdout).toBe(
        "2 runs going on where the work stopped.\n",
      );
      await type("worker", "--drain");
      const { counts } = JSON.parse((await type("show", batch, "--json")).stdout);
      expect(counts).toMatchObject({ cancelled: 0, completed: 1, failed: 1 });
    },
    "cancels nothing when one of the ids is wrong": async () => {
      const stdin = "To be cancelled, or not.";
      const batch = (await inProject(["enqueue", "letters", "-"], { stdin })).stdout.trim();
      const { code, stdout, stderr } = await inProject(["cancel", batch, "zzzz"]);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toContain("error RUN_NOT_FOUND");
      const { counts } = JSON.parse((await inProject(["show", batch, "--json"])).stdout);
      expect(counts).toMatchObject({ queued: 1, cancelled: 0 });
      expect((await inProject(["cancel", batch])).stdout).toBe(`batch ${batch}: 1 run cancelled\n`);
    },
  },
  exportBatch: {
    "writes a file once": async () => {
      const args = ["export", "latest-batch", "--out", "once.jsonl"];
      expect((await inProject(args)).code).toBe(0);
      const text = await readFile(join(project.path, "once.jsonl"), "utf8");
      expect((await inProject(["export", "latest-batch"])).stdout).toBe(text);
      expect((await inProject(args)).code).toBe(2);
      expect((await inProject([...args, "--force"])).code).toBe(0);
    },
  },
  queueStatus: {
    "shows the runs by state, and what is paused": async () => {
      await using folder = await folderWithStore({
        "sluice.config.ts": checksConfig("bad"),
        "a.txt": "good",
      });
      const type = (...argv: string[]) => call(argv, { cwd: folder.path });
      await type("run", "checks", "a.txt");
      expect((await type("queue", "status")).stdout).toMatch(/^queue +open\nqueued +\d+\nrunning +0\n/);
      await type("queue", "pause");
      await type("queue", "pause", "checks");
      expect((await type("queue", "status")).stdout).toMatch(
        /^queue +paused\npaused +checks, since [\d-]+ [\d:]+ UTC\nqueued/,
      );
      const data = JSON.parse((await type("queue", "status", "--json")).stdout);
      expect(data).toMatchObject({
        paused: true,
        pausedPipelines: [{ pipeline: "checks", since: expect.stringMatching(/^\d{4}-.*Z$/) }],
        counts: { running: 0 },
      });
      expect(data.counts.completed).toBeGreaterThan(0);
    },
  },
  queuePause: {
    "lets run and worker say so and end with 75, instead of waiting": async () => {
      await using folder = await folderWithStore({
        "sluice.config.ts": checksConfig("bad"),
        "a.txt": "good",
      });
      const type = (...argv: string[]) => call(argv, { cwd: folder.path });
      const paused = await type("queue", "pause");
      expect(paused).toMatchObject({
        code: 0,
        stdout: "",
        stderr: expect.stringContaining("is paused: workers"),
      });
      const ran = await type("run", "checks", "a.txt");
      expect(ran.code).toBe(75);
      expect(ran.stderr).toContain("0 of 1 done; the queue is paused: `sluice queue resume`");
      const drained = await type("worker", "--drain");
      expect(drained.code).toBe(75);
      expect(drained.stderr).toContain(
        "Nothing is left to do now: the queue is paused: `sluice queue resume`",
      );
      expect(JSON.parse((await type("queue", "resume", "--json")).stdout)).toEqual({
        paused: false,
        pausedPipelines: [],
      });
      await type("worker", "--drain");
      expect(JSON.parse((await type("show", "latest", "--json")).stdout).status).toBe("completed");
    },
    "pauses no pipeline that is not in the configuration": async () => {
      const { code, stderr } = await inProject(["queue", "pause", "leters"]);
      expect(code).toBe(2);
      expect(stderr).toContain('error PIPELINE_UNKNOWN: There is no pipeline "leters"');
      expect(JSON.parse((await inProject(["queue", "status", "--json"])).stdout).pausedPipelines).toEqual([]);
    },
  },
  queueResume: {
    "puts the runs of a paused pipeline back, and names what is still paused": async () => {
      await using folder = await folderWithStore({
        "sluice.config.ts": checksConfig("bad"),
        "a.txt": "good",
      });
      const type = (...argv: string[]) => call(argv, { cwd: folder.path });
      const paused = await type("queue", "pause", "checks", "--json");
      expect(JSON.parse(paused.stdout)).toMatchObject({
        paused: false,
        pausedPipelines: [{ pipeline: "checks" }],
      });
      expect(paused.stderr).toContain("Next: sluice queue resume checks");
      const ran = await type("run", "checks", "a.txt");
      expect(ran.code).toBe(75);
      expect(ran.stderr).toContain("0 of 1 done; pipeline checks is paused: `sluice queue resume checks`");
      expect((await type("queue", "resume")).stderr).toBe(
        "The queue was not paused.\nchecks is still paused: sluice queue resume checks\n",
      );
      expect((await type("queue", "resume", "checks")).stderr).toBe(
        "Pipeline checks goes on; 1 run put back into the queue.\n",
      );
      await type("worker", "--drain");
      expect(JSON.parse((await type("show", "latest", "--json")).stdout).status).toBe("completed");
    },
  },
  pipelines: {
    "lists steps and tasks, and what a document takes": async () => {
      const { code, stdout } = await inProject(["pipelines"]);
      expect(code).toBe(0);
      expect(stdout).toMatchInlineSnapshot(`
        "letters@1  What a letter is about and whether it needs an answer
          read    llm   task general
          decide  code
          requests per document: 1
        "
      `);
    },
    "shows every version of the one that is named": async () => {
      await using folder = await makeFolder({ "sluice.config.ts": versionsConfig });
      const { code, stdout, stderr } = await call(["pipelines", "sizes"], { cwd: folder.path });
      expect(code).toBe(0);
      expect(stdout.match(/^\S+/gm)).toEqual(["sizes@1", "sizes@2"]);
      expect(stderr).toContain("run sizes PATH…");
      const unknown = await call(["pipelines", "size"], { cwd: folder.path });
      expect(unknown).toMatchObject({ code: 2, stdout: "" });
      expect(unknown.stderr).toContain(
        'error PIPELINE_UNKNOWN: There is no pipeline "size". The configuration has: sizes@1, sizes@2, others@1.',
      );
    },
    "draws the newest version with --graph, alone on stdout": async () => {
      await using folder = await makeFolder({ "sluice.config.ts": versionsConfig });
      const argv = ["pipelines", "sizes", "--graph"];
      const { code, stdout, stderr } = await call(argv, { cwd: folder.path });
      expect(code).toBe(0);
      expect(stdout).toMatchInlineSnapshot(`
        "flowchart TD
          start(["sizes@2"])
          s0["size<br/>code"]
          finish(["output"])
          start --> s0
          s0 --> finish
        "
      `);
      expect(stderr).toBe("This is sizes@2, the newest of 2 versions.\n");
      const all = await call(["pipelines", "--graph"], { cwd: folder.path });
      expect(all).toMatchObject({ code: 2, stdout: "" });
      expect(all.stderr).toContain("--graph draws one pipeline: give its name too. The configuration has:");
    },
    "gives the same as data, and the graph when asked for": async () => {
      const [letters] = JSON.parse((await inProject(["pipelines", "--json"])).stdout);
      expect(letters).toMatchObject({
        name: "letters",
        version: 1,
        steps: [
          { name: "read", kind: "llm", task: "general", models: null, blocks: [] },
          { name: "decide", kind: "code", blocks: [] },
        ],
        requests: { text: "1", terms: [{ min: 1, max: 1, per: [] }] },
        limits: { requests: 20, wallMs: 3_600_000, outputBytes: 4_194_304 },
      });
      expect(letters).not.toHaveProperty("graph");
      const [drawn] = JSON.parse((await inProject(["pipelines", "--json", "--graph"])).stdout);
      expect(drawn).toMatchObject({ ...letters, graph: { nodes: [{ path: "read" }, { path: "decide" }] } });
    },
    "needs a configuration, and does not look for one in the folders above": async () => {
      const { code, stderr } = await inProject(["pipelines"], { cwd: join(project.path, "documents") });
      expect(code).toBe(2);
      expect(stderr).toContain("error CONFIG_NOT_FOUND");
    },
  },
  ask: {
    "prints the answer alone on a pipe, and what it took as talk": async () => {
      const { code, stdout, stderr } = await inProject(["ask", "What is a sluice?"]);
      expect({ code, stdout }).toEqual({ code: 0, stdout: "What is a sluice?\n" });
      expect(stderr).toMatch(
        /:free · \d+ \+ \d+ tokens · .* · 1 request · \d+ of 1000 requests left today\./,
      );
    },
    "takes what is piped in as the material, or as the whole question": async () => {
      const answerTo = async (question: string, stdin: string) =>
        JSON.parse((await inProject(["ask", question, "--json"], { stdin })).stdout);
      const below = await answerTo("Repeat this.", "The gate is open.");
      expect(below).toEqual({
        answer: expect.stringContaining("The gate is open."),
        model: expect.stringMatching(/:free$/),
        requests: 1,
        cached: false,
        usage: { promptTokens: expect.any(Number), completionTokens: expect.any(Number) },
        attempts: [expect.objectContaining({ outcome: "ok" })],
      });
      expect((await answerTo("-", "Is the gate open?")).answer).toContain("Is the gate open?");
    },
    "asks the models that are named, and takes an equal answer from the cache when told to": async () => {
      const model = "google/gemma-4-31b-it:free";
      const argv = ["ask", "Only you.", "--model", model, "--cache", "--json"];
      expect(JSON.parse((await inProject(argv)).stdout)).toMatchObject({ model, cached: false, requests: 1 });
      expect(JSON.parse((await inProject(argv)).stdout)).toMatchObject({ model, cached: true, requests: 0 });
    },
    "refuses a model that may cost money, and an empty question": async () => {
      const priced = await inProject(["ask", "Hello", "--model", "a/one:free,openai/gpt-4o"]);
      expect(priced.code).toBe(1);
      expect(priced.stderr).toMatch(/error NOT_FREE: .*"openai\/gpt-4o"/);
      const empty = await inProject(["ask", "-"]);
      expect(empty.code).toBe(2);
      expect(empty.stderr).toContain("The question is empty");
    },
  },
  chat: {
    "answers what is piped in line by line, until told to leave": async () => {
      const stdin = "What is a gate?\n\n/clear\nWhat is\\\na sluice?\n/exit\nNever asked.\n";
      const { code, stdout, stderr } = await inProject(["chat"], { stdin });
      expect(code).toBe(0);
      expect(stdout).toMatch(/What is a gate\?[\s\S]*a sluice\?/);
      expect(stdout).not.toContain("Never asked.");
      expect(stderr).toContain("Forgotten.");
      expect(stderr.match(/1 request/g)).toHaveLength(2);
    },
    "goes on after a model that is refused, and with the one that is chosen": async () => {
      const stdin = "/model openai/gpt-4o\n/model google/gemma-4-31b-it:free\nHello?\n/nonsense\n";
      const { code, stderr } = await inProject(["chat"], { stdin });
      expect(code).toBe(0);
      expect(stderr).toContain("error NOT_FREE");
      expect(stderr).toMatch(/^google\/gemma-4-31b-it:free · /m);
      expect(stderr).toContain("There is no /nonsense; /help lists what there is.");
    },
  },
  compare: {
    "shows each model's answer, in the order in which they are named": async () => {
      const models = ["qwen/qwen3.8-27b:free", "google/gemma-4-31b-it:free"];
      const argv = ["compare", "What is a sluice?", "--models", models.join(",")];
      const { code, stdout } = await inProject([...argv, "--json"]);
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject(
        models.map((model) => ({
          model,
          finish: "ok",
          problem: null,
          requests: 1,
          answer: "What is a sluice?",
        })),
      );
      const shown = await inProject(argv, { columns: 100 });
      expect(shown.stdout).toMatch(/^qwen\S+ +│ google\S+\nok .* │ ok /);
    },
    "compares the first candidates when none is named, and says that one of them has failed": async () => {
      const first = JSON.parse((await inProject(["compare", "Hello?", "--json"])).stdout);
      expect(first).toHaveLength(3);
      const named = `${first[0].model},nobody/has-this:free`;
      const { code, stdout } = await inProject(["compare", "Hello?", "--models", named, "--json"]);
      expect(code).toBe(3);
      expect(JSON.parse(stdout)[1]).toMatchObject({ answer: null, finish: "NO_CANDIDATE" });
    },
  },
  models: {
    "shows free models only, and the others with the reason on request": async () => {
      const { source, fetchedAt, models: free } = JSON.parse((await inProject(["models", "--json"])).stdout);
      expect(["stored", "server"]).toContain(source);
      expect(Date.parse(fetchedAt)).toBeLessThanOrEqual(Date.now());
      expect(free.length).toBeGreaterThan(0);
      expect(free.every((model: { refused: string | null }) => model.refused === null)).toBe(true);
      const { stdout } = await inProject(["models", "--all"], { columns: 140 });
      expect(stdout).toMatch(/openrouter\/auto .*does not end in ":free"/);
      expect((await inProject(["models", "--all", "--task", "code"])).code).toBe(2);
    },
    "shows the models of a task in the order in which they are asked": async () => {
      const { models: rows } = JSON.parse((await inProject(["models", "--task", "code", "--json"])).stdout);
      const { stdout } = await inProject(["ask", "x", "--task", "code", "--json"]);
      expect(rows[0].id).toBe(JSON.parse(stdout).model);
      expect(rows.at(-1).id).toBe("openrouter/free");
    },
    "reads the list anew when told to, and else says how old it is": async () => {
      const refreshed = await inProject(["models", "--refresh"]);
      expect(refreshed.stderr).toContain("as the server says now");
      const { stderr } = await inProject(["models"]);
      expect(stderr).toMatch(
        /models are free, as the server said .* ago \(.* UTC\)\. Ask it again: --refresh/,
      );
    },
  },
  quota: {
    "tells what is left and when the day begins anew": async () => {
      const { stdout } = await inProject(["quota", "--json"]);
      const { minute, day, halted } = JSON.parse(stdout);
      expect(minute.limit).toBe(600);
      expect(day.used + day.left).toBe(1_000);
      expect(new Date(day.endsAt).getUTCHours()).toBe(0);
      expect(halted).toBeNull();
    },
    "goes on showing it until it is stopped": async () => {
      const stop = new AbortController();
      const options = { signal: stop.signal, onStdout: () => stop.abort() };
      const { code, stdout } = await inProject(["quota", "--watch", "--json"], options);
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ minute: { limit: 600 }, halted: null, resting: [] });
    },
  },
  quotaResume: {
    "does no harm to an account that is not halted": async () => {
      const { code, stderr } = await inProject(["quota", "resume"]);
      expect(code).toBe(0);
      expect(stderr).toContain("was not halted");
    },
  },
  doctor: {
    "finds a project in order": async () => {
      await using folder = await makeFolder();
      const embedded = { cwd: folder.path, env: { SLUICE_REDIS_URL: "" } };
      await call(["init", "."], embedded);
      await putProjectStore(folder.path);
      const { code, stdout } = await call(["doctor", "--json"], embedded);
      expect(code).toBe(0);
      const findings: Array<{ check: string; status: string }> = JSON.parse(stdout);
      expect(findings.map(({ check, status }) => `${check} ${status}`)).toEqual([
        "node ok",
        "configuration ok",
        "key warn",
        "models ok",
        "store ok",
        "store size ok",
        "store free space ok",
      ]);
    },
    "fails with the way out for a server and a store that are not there, and hides the password":
      async () => {
        const env = {
          OPENROUTER_BASE_URL: "http://127.0.0.1:9/api/v1",
          SLUICE_REDIS_URL: "redis://me:hunter2@127.0.0.1:9",
        };
        const { code, stdout, stderr } = await inProject(["doctor"], { env });
        expect(code).toBe(1);
        expect(stdout).toMatch(/fail +key +SERVER_UNREACHABLE/);
        expect(stdout).toMatch(/fail +store +BACKEND_UNREACHABLE: .*unset SLUICE_REDIS_URL/);
        expect(stdout + stderr).not.toContain("hunter2");
      },
  },
  simulate: {
    "serves until it is stopped": async () => {
      const stop = new AbortController();
      const serving = inProject(["simulate", "--port", "45917", "--per-day", "7"], { signal: stop.signal });
      const url = "http://127.0.0.1:45917/api/v1/key";
      const headers = { authorization: "Bearer any" };
      await expect
        .poll(() =>
          fetch(url, { headers }).then(
            (reply) => reply.status,
            () => 0,
          ),
        )
        .toBe(200);
      stop.abort();
      const { code, stdout } = await serving;
      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: "export OPENROUTER_BASE_URL=http://127.0.0.1:45917/api/v1\n",
      });
      expect(await fetch(url).catch(() => "closed")).toBe("closed");
    },
  },
  config: {
    "reads .env beside a configuration only: any other folder may be somebody else's": async () => {
      await using folder = await makeFolder({
        ".env": "OPENROUTER_API_KEY=sk-or-v1-notmine\nOPENROUTER_BASE_URL=https://evil.example/api\n",
      });
      const { stdout } = await call(["config", "--json"], { cwd: folder.path });
      expect(JSON.parse(stdout).settings.slice(0, 2)).toMatchObject([
        { setting: "apiKey", value: null },
        { setting: "baseUrl", value: "https://openrouter.ai/api/v1", source: "default" },
      ]);
    },
    "names the source of each value and shows no secret": async () => {
      await using folder = await makeFolder({
        "sluice.config.ts": titlesConfig('concurrency: 3, home: "store"'),
        ".env": "OPENROUTER_API_KEY=sk-or-v1-fromthefile\nSLUICE_QUOTA_PER_DAY=40\nSLUICE_CONCURRENCY=5\n",
      });
      const env = { SLUICE_CONCURRENCY: "7", SLUICE_REDIS_URL: "redis://me:hunter2@db:6379" };
      const { stdout } = await call(["config", "--simulate"], { cwd: folder.path, env, columns: 200 });
      expect(stdout.replaceAll(folder.path, "FOLDER")).toMatchInlineSnapshot(`
        "setting      value                         from           environment variable
        ───────────  ────────────────────────────  ─────────────  ───────────────────────
        apiKey       set                           .env           OPENROUTER_API_KEY
        baseUrl      https://openrouter.ai/api/v1  default        OPENROUTER_BASE_URL
        redisUrl     redis://***@db:6379           environment    SLUICE_REDIS_URL
        ephemeral    false                         default        SLUICE_EPHEMERAL
        home         FOLDER/store  configuration  SLUICE_HOME
        simulate     always                        flag
        concurrency  7                             environment    SLUICE_CONCURRENCY
        metricsPort  not set (no metrics)                         SLUICE_METRICS_PORT
        perMinute    learnt from the server                       SLUICE_QUOTA_PER_MINUTE
        perDay       40                            .env           SLUICE_QUOTA_PER_DAY
        models       the router's own order        default
        retention    everything is kept            default
        "
      `);
    },
  },
};

for (const [key, tests] of Object.entries(promises)) {
  describe(commands[key as CommandKey].name, () => {
    // Without a redis-server each call opens an embedded store.
    for (const [promise, check] of Object.entries(tests)) test(promise, check, 120_000);
  });
}
