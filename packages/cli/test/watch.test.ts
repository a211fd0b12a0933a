import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type CallOutcome, call } from "./call.ts";
import { fastStoreOf } from "./fast-store.ts";
import { type Folder, makeFolder } from "./folder.ts";
import { type RunningSluice, type SpawnOptions, startSluice } from "./spawn-sluice.ts";

/** A pipeline that says what it reads and fails where the text is bad, and one that asks a person. */
const config = `
import { approve, code, defineConfig, definePipeline } from "@sluice/core";
import { z } from "zod";

const input = z.object({ text: z.string() });
const checks = definePipeline({ name: "checks", version: 1, input })
  .step("read", code({ output: z.string(), run: ({ input, log }) => {
    log("read \\u001b[2J" + input.text.trim(), { characters: input.text.length });
    return input.text;
  } }))
  .step("check", code({ output: z.boolean(), run: ({ input }) => {
    if (input.text.includes("bad")) throw new Error("not this one");
    return true;
  } }));
const payments = definePipeline({ name: "payments", version: 1, input })
  .step("release", approve({ decision: z.object({ ok: z.boolean() }), question: ({ input }) => "Pay " + input.text.trim() + "?" }));
export default defineConfig({ pipelines: [checks, payments], simulate: "always" });
`;

const linesOf = ({ stdout }: Pick<CallOutcome, "stdout">) => stdout.split("\n").filter((line) => line !== "");
const jsonOf = (outcome: Pick<CallOutcome, "stdout">) => linesOf(outcome).map((line) => JSON.parse(line));

/** A process that does not outlive its test. */
function start(options: SpawnOptions, ...argv: string[]): RunningSluice {
  const running = startSluice(argv, options);
  onTestFinished(() => void running.child.kill("SIGKILL"));
  return running;
}

const files = { "sluice.config.ts": config, "good.txt": "good", "bad.txt": "bad", "bill.txt": "12" };

describe("sluice watch", () => {
  test("shows what another process does with a batch, ends with it, and tells by its exit code that a run failed", async () => {
    await using folder = await makeFolder(files);
    const options = { cwd: folder.path, env: fastStoreOf(folder.path) };
    await call(["enqueue", "checks", "good.txt", "bad.txt"], options);
    const watches = {
      lines: start(options, "watch", "latest-batch"),
      json: start(options, "watch", "latest-batch", "--json"),
      all: start(options, "watch", "--json"),
    };
    await Promise.all(Object.values(watches).map(({ said }) => said("Watching ")));
    const following = start(options, "logs", "latest-batch", "-f");
    const worker = start(options, "worker", "--drain");
    const [lines, json, logs] = await Promise.all([
      watches.lines.ended,
      watches.json.ended,
      following.ended,
      worker.ended,
    ]);
    watches.all.child.kill("SIGINT");
    const all = await watches.all.ended;

    expect([lines.code, json.code, logs.code, all.code]).toEqual([3, 3, 3, 130]);
    expect(linesOf(lines).sort()).toEqual([
      "done   good.txt (0 requests)",
      'failed bad.txt: STEP_FAILED: Step "check" threw Error: not this one',
      "log    bad.txt read: read \\u{1b}[2Jbad (characters=3)",
      "log    good.txt read: read \\u{1b}[2Jgood (characters=4)",
    ]);
    expect(lines.stderr).toContain("1 of 2 done, 1 failed.");
    const events = jsonOf(json);
    expect(events.filter(({ document }) => document === "good.txt").map(({ type }) => type)).toEqual([
      "run.started",
      "step.started",
      "step.log",
      "step.completed",
      "step.started",
      "step.completed",
      "run.completed",
    ]);
    expect(events[0]).toMatchObject({ time: expect.stringMatching(/^\d{4}-.*Z$/), type: "run.started" });
    expect(jsonOf(all)).toEqual(expect.arrayContaining(events));
    expect(logs.stdout).toMatch(/ {2}\w{12} {2}good\.txt {2}read: read \\u\{1b\}\[2Jgood \(characters=4\)\n/);
    expect(logs.stdout).not.toContain("\u001b");
  }, 120_000);
});

describe("what happened, and what is left", () => {
  let folder: Folder;
  const options = () => ({ cwd: folder.path, env: fastStoreOf(folder.path) });

  beforeAll(async () => {
    folder = await makeFolder(files);
  });
  afterAll(() => folder.remove());

  test("is told afterwards step by step; of a finished run the watch tells at once how it ended", async () => {
    await call(["run", "checks", "bad.txt"], options());
    const logs = await call(["logs", "latest"], options());
    expect(logs.code).toBe(0);
    expect(linesOf(logs).map((line) => line.replace(/^\S+ \S+ {2}/, ""))).toEqual([
      "started checks@1",
      "read: started (code)",
      "read: read \\u{1b}[2Jbad (characters=3)",
      "read: done",
      "check: started (code)",
      'check: failed: STEP_FAILED: Step "check" threw Error: not this one',
      'failed: STEP_FAILED: Step "check" threw Error: not this one',
    ]);
    const json = jsonOf(await call(["logs", "latest", "--json"], options()));
    expect(json).toHaveLength(7);
    const watch = await call(["watch", "latest", "--json"], options());
    expect(watch.code).toBe(3);
    expect(jsonOf(watch)).toEqual([{ ...json[6], time: expect.any(String) }]);
  });

  test("ends a watch when all of it waits for a person, with the question, which no log has", async () => {
    await call(["enqueue", "payments", "bill.txt"], options());
    const watch = start(options(), "watch", "latest-batch");
    await watch.said("Watching ");
    const worker = start(options(), "worker", "--drain");
    const { code, stdout, stderr } = await watch.ended;
    expect((await worker.ended).code).toBe(75);
    expect(code).toBe(75);
    expect(stdout).toMatch(/^waits {2}bill\.txt at release: Pay 12\? · answer: sluice approve \w{12}\n$/);
    expect(stderr).toContain("Nothing goes on now: 1 run waits for a decision");
    const logs = await call(["logs", "latest-batch", "--json"], options());
    expect(logs.stdout).toContain("run.waiting");
    expect(logs.stdout).not.toContain("Pay 12");
  }, 60_000);
});
