import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import type { CommandKey } from "../src/commands/all.ts";
import { call } from "./call.ts";
import { checksConfig, type Folder } from "./folder.ts";
import { planningPromises } from "./planning-promises.ts";

type Promises = Record<string, () => Promise<void>>;

/** What commands promise about plans, schedules, and what is kept and done again; part of the table of all commands' promises. */
export function keepingPromises(
  folderWithStore: (files: Record<string, string>) => Promise<Folder>,
): Record<Extract<CommandKey, `schedule${string}` | "plan" | "retry" | "prune">, Promises> {
  const files = { "sluice.config.ts": checksConfig("bad"), "inbox/a.txt": "good" };
  const makeProject = async (more: Record<string, string> = {}) => {
    const folder = await folderWithStore({ ...files, ...more });
    const type = (...argv: string[]) => call(argv, { cwd: folder.path, columns: 200 });
    const ls = async () => {
      const { stdout } = await type("schedule", "ls", "--json");
      return stdout.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)]));
    };
    return { folder, type, ls, [Symbol.asyncDispose]: () => folder.remove() };
  };

  return {
    plan: planningPromises(folderWithStore),
    scheduleAdd: {
      "stores nothing when anything is wrong with it": async () => {
        await using project = await makeProject();
        const { type } = project;
        const refuses = async (message: string, ...argv: string[]) => {
          const { code, stdout, stderr } = await type("schedule", "add", ...argv);
          expect(stderr).toContain(message);
          expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
        };
        await refuses("Say when: either --cron", "in", "checks", "inbox");
        await refuses("Say when: either", "in", "checks", "inbox", "--every", "1h", "--cron", "0 7 * * *");
        await refuses("--tz belongs to --cron", "in", "checks", "inbox", "--every", "1h", "--tz", "UTC");
        await refuses('"often" is no pattern of cron', "in", "checks", "inbox", "--cron", "often");
        await refuses(
          '"Moon" is no time zone',
          "in",
          "checks",
          "inbox",
          "--cron",
          "0 7 * * *",
          "--tz",
          "Moon",
        );
        await refuses("must be a number and a unit", "in", "checks", "inbox", "--every", "soon");
        await refuses("every 10 s at most", "in", "checks", "inbox", "--every", "1s");
        await refuses("PIPELINE_UNKNOWN", "in", "chequers", "inbox", "--every", "1h");
        await refuses("DOCUMENT_NOT_FOUND", "in", "checks", "outbox", "--every", "1h");
        await refuses("cannot read standard input", "in", "checks", "-", "--every", "1h");
        expect(await project.ls()).toEqual([]);
      },
    },
    scheduleLs: {
      "tells when each is due next, by its own clocks, and what came of it last": async () => {
        await using project = await makeProject();
        const { type, folder } = project;
        expect((await type("schedule", "ls")).stderr).toContain("There is no schedule in");
        const cron = ["--cron", "0 7 * * 1-5", "--tz", "Europe/Berlin"];
        const added = await type(
          "schedule",
          "add",
          "mornings",
          "checks",
          "inbox",
          ...cron,
          "--priority",
          "low",
        );
        expect(added.stdout).toMatch(
          /^Schedule mornings: checks, 0 7 \* \* 1-5 Europe\/Berlin; first \d{4}-\d\d-\d\d 07:00 Europe\/Berlin\.\n$/,
        );
        expect(added.stderr).toContain("Ticks are taken by a worker that stays: sluice worker");
        await type("schedule", "add", "inbox", "checks", "inbox", "--every", "15m");
        await rm(join(folder.path, "inbox"), { recursive: true });
        await type("schedule", "run", "inbox");
        const { stdout } = await type("schedule", "ls");
        expect(stdout).toMatch(
          /mornings +checks +0 7 \* \* 1-5 Europe\/Berlin +\d{4}-\d\d-\d\d 07:00 Europe\/Berlin\n/,
        );
        expect(stdout).toMatch(/inbox +checks +every 15 min +\d{4}-.* DOCUMENT_NOT_FOUND: "inbox" does not/);
        expect(await project.ls()).toMatchObject([
          {
            schedule: "mornings",
            cron: "0 7 * * 1-5",
            timeZone: "Europe/Berlin",
            priority: "low",
            lastTick: null,
          },
          { schedule: "inbox", everyMs: 900_000, paths: ["inbox"], folder: folder.path, lastBatch: null },
        ]);
      },
    },
    scheduleRm: {
      "removes it, and says which there are when there is none": async () => {
        await using project = await makeProject();
        const { type } = project;
        await type("schedule", "add", "inbox", "checks", "inbox", "--every", "1h");
        expect((await type("schedule", "add", "inbox", "checks", "inbox", "--every", "2h")).stderr).toContain(
          'There is a schedule "inbox" already',
        );
        const unknown = await type("schedule", "rm", "outbox");
        expect(unknown).toMatchObject({ code: 2, stdout: "" });
        expect(unknown.stderr).toContain(
          'SCHEDULE_UNKNOWN: There is no schedule "outbox". There are: inbox.',
        );
        expect((await type("schedule", "rm", "inbox")).stdout).toBe(
          "Schedule inbox is removed; what it queued stays.\n",
        );
        expect(await project.ls()).toEqual([]);
      },
    },
    scheduleRun: {
      "queues what is new and nothing twice": async () => {
        await using project = await makeProject();
        const { type, folder } = project;
        await type("schedule", "add", "inbox", "checks", "inbox", "--every", "1h");
        const first = await type("schedule", "run", "inbox");
        expect(first).toMatchObject({
          code: 0,
          stdout: expect.stringMatching(/^Schedule inbox: batch \w{8}: 1 run of checks queued\.\n$/),
        });
        expect((await type("schedule", "run", "inbox")).stdout).toBe("Schedule inbox: nothing is new.\n");
        await writeFile(join(folder.path, "inbox", "b.txt"), "another");
        await writeFile(join(folder.path, "inbox", "c.txt"), "");
        const third = await type("schedule", "run", "inbox", "--json");
        expect(third.code).toBe(3);
        const { lastTick, lastBatch } = JSON.parse(third.stdout);
        expect(lastTick).toMatchObject({ queued: 1, failed: 1, error: null, batch: lastBatch });
        expect((await type("schedule", "run", "inbox")).stdout).toBe("Schedule inbox: nothing is new.\n");
        const { runs } = JSON.parse((await type("show", lastBatch, "--json")).stdout);
        const names = runs.map(({ document }: { document: { name: string } }) => document.name);
        expect(names).toEqual(["inbox/b.txt", "inbox/c.txt"]);
        expect((await type("enqueue", "checks", "inbox/a.txt")).stderr).toContain("1 run exists already");
      },
    },
    retry: {
      "says which runs go on and which begin anew, as the error of a changed definition advises":
        async () => {
          await using folder = await folderWithStore({
            "sluice.config.ts": checksConfig("bad"),
            "mended.config.ts": checksConfig("nothing"),
            "a.txt": "good",
            "b.txt": "bad",
            "c.txt": "",
          });
          const type = (...argv: string[]) => call(argv, { cwd: folder.path });
          const mended = ["--config", "mended.config.ts"];
          expect((await type("run", "checks", "a.txt", "b.txt", "c.txt")).code).toBe(3);
          const again = await type("retry", "latest-batch", "--json");
          expect(again.code).toBe(3);
          expect(JSON.parse(again.stdout)).toMatchObject({
            continued: 1,
            restarted: 0,
            unchanged: 0,
            noInput: 1,
          });
          const { run } = JSON.parse(again.stdout).runs[0];
          expect((await type("retry", run.slice(0, 7))).stdout).toBe(
            "1 run not failed, or queued again already.\n",
          );

          const { stderr } = await type("worker", "--drain", ...mended);
          expect(stderr).toMatch(/VERSION_MISMATCH: .*changed under its version 1.*sluice retry \w{12}/);
          expect(await type("retry", run, ...mended)).toMatchObject({
            code: 0,
            stdout: "1 run beginning anew on the newest version.\n",
            stderr: "Next: sluice worker --drain\n",
          });
          expect((await type("worker", "--drain", ...mended)).code).toBe(0);
          expect(JSON.parse((await type("show", run, "--json")).stdout)).toMatchObject({
            status: "completed",
          });
          const from = (step: string) => type("retry", run, "--from", step, ...mended);
          expect((await from("lenght")).stderr).toContain(
            'begin again at "lenght"; it can at: length, check.',
          );
          expect((await from("check")).stdout).toBe("1 run going on from check.\n");
        },
    },
    prune: {
      "keeps results until they were written somewhere": async () => {
        await using project = await makeProject({ "inbox/b.txt": "bad" });
        const { type } = project;
        const prune = (...argv: string[]) =>
          type("prune", "--older-than", "0s", "--pipeline", "checks", ...argv);
        expect((await type("prune")).stderr).toContain(
          "Say how old what is removed must be: --older-than 30d",
        );
        expect((await prune("--state", "done")).stderr).toContain(
          "one or several of: completed,failed,cancelled",
        );
        await type("run", "checks", "inbox");
        expect((await prune("--dry-run")).stdout).toBe(
          "1 run would be removed; 1 run kept, because its result was never exported (--include-unexported).\n",
        );
        expect((await prune("--state", "failed,cancelled")).stdout).toBe("1 run removed.\n");
        expect((await prune("--inputs")).stdout).toBe("input of 1 run removed.\n");
        expect(JSON.parse((await prune("--json")).stdout)).toEqual({
          ...{ runs: 0, unexported: 1, parts: ["run"], dryRun: false },
        });
        const broken = await type("export", "latest-batch", "--out", "nowhere/results.jsonl");
        expect(broken.code).toBe(2);
        expect((await prune()).stdout).toContain("0 runs removed; 1 run kept");
        expect((await type("export", "latest-batch", "--out", "results.jsonl")).code).toBe(0);
        expect((await prune("--results", "--inputs")).stdout).toBe("input and result of 1 run removed.\n");
        const line = JSON.parse((await type("export", "latest-batch")).stdout);
        expect(line).toMatchObject({ status: "completed", output: null, pruned: true });
        expect((await prune()).stdout).toBe("1 run removed.\n");
        expect((await type("enqueue", "checks", "inbox/a.txt")).stderr).toContain("1 run of checks queued.");
      },
      "counts what `run` wrote as exported": async () => {
        await using project = await makeProject();
        const { type } = project;
        await type("run", "checks", "inbox", "--out", "results.jsonl");
        const { stdout } = await type("prune", "--older-than", "0s", "--pipeline", "checks");
        expect(stdout).toBe("1 run removed.\n");
      },
    },
  };
}
