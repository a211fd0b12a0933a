import { describe, expect, test } from "vitest";
import { commands } from "../src/commands/all.ts";
import { call } from "./call.ts";

const typed = (...argv: string[]) => call(argv, { cwd: "/", columns: 100 });

describe("help", () => {
  test("lists every command", async () => {
    expect(await typed("--help")).toMatchObject({ code: 0, stderr: "" });
    expect((await typed("--help")).stdout).toMatchInlineSnapshot(`
      "Usage: sluice [options] [command]

      Typed LLM pipelines over piles of documents, on free models only.

      Options:
        -V, --version                            print the version
        -h, --help                               print this help

      Commands:
        demo                                     Show it at work on the real documents of an example
        init <folder>                            Start a project in a new folder: configuration, a
                                                 pipeline, two documents
        plan <pipeline> <paths…>                 Say what a batch would take, and when it would be done,
                                                 at no request
        run <pipeline> <paths…>                  Run a pipeline over documents and print the results
        enqueue <pipeline> <paths…>              Queue documents for workers and print the id of the batch
        worker                                   Work off queued runs until stopped
        runs ls                                  List runs, those of the newest batch first
        show <id>                                Show a run with its steps, or a batch with its runs
        watch [id]                               Watch runs while workers in any process work them off
        logs <id>                                Show what happened to a run, or to the runs of a batch,
                                                 step by step
        approve <run>                            Show what a run waits for, or give the decision
        retry <id>                               Put a failed run, or all failed runs of a batch, back
                                                 into the queue
        cancel <ids…>                            Cancel runs, or all runs of a batch that are not finished
        export <batch>                           Print the results of a batch, one JSON object per line
        prune                                    Remove what is stored of finished runs, by age
        schedule add <name> <pipeline> <paths…>  Let workers queue what is new in files and folders, again
                                                 and again
        schedule ls                              List the schedules, when each is due next, and what came
                                                 of it last
        schedule rm <name>                       Remove a schedule; what it queued stays
        schedule run <name>                      Queue now what a schedule names, whenever it is due
        queue status                             Show how many runs are in each state, and what is paused
        queue pause [pipeline]                   Let workers take no more runs, or none of one pipeline
        queue resume [pipeline]                  Let workers take runs again, or those of one pipeline
        pipelines [name]                         List the pipelines of the configuration and their steps
        ask <question>                           Ask one question and print the answer
        chat                                     Talk with a model; what is piped in is asked line by line
        compare <question>                       Ask several models the same question and show the answers
                                                 side by side
        models                                   List the free models that the server offers now
        quota                                    Show what is left of the free requests of this minute and
                                                 day
        quota resume                             Let a halted account send requests again
        doctor                                   Check Node, configuration, key, server and store, and say
                                                 how to mend them
        simulate                                 Serve the offline simulator of OpenRouter until stopped
        config                                   Show every setting and where its value comes from

      Examples:
        sluice demo
        sluice run --help
      "
    `);
  });

  test("explains a command", async () => {
    expect((await typed("run", "--help")).stdout).toMatchInlineSnapshot(`
      "Usage: sluice run [options] <pipeline> <paths...>

      Run a pipeline over documents and print the results.

      Arguments:
        pipeline         name of a pipeline in the configuration
        paths            files, folders, globs, or - for standard input

      Options:
        --config <FILE>  configuration file (default: sluice.config.ts in this folder)
        --json           print JSON
        --simulate       answer from the offline simulator; no model is called
        --fresh          make new runs and ask anew, also where a run or an answer exists
        --ephemeral      accept without a word that a restart of Redis loses runs
        --out <FILE>     also write the results to a new .jsonl file
        --force          let --out replace an existing file
        --plan           only say what it would take, like sluice plan; nothing is asked or queued
        -h, --help       print this help

      Examples:
        sluice run letters documents
        sluice run letters 'inbox/**/*.pdf' --out results.jsonl
      "
    `);
  });

  test.each(Object.values(commands).map((command) => command.name))(
    "of %s has two examples of it",
    async (name) => {
      const { code, stdout } = await typed(...name.split(" "), "--help");
      expect(code).toBe(0);
      const examples = stdout.split("Examples:\n")[1] ?? "";
      expect(examples.trim().split("\n")).toHaveLength(2);
      expect(examples.split(`sluice ${name}`)).toHaveLength(3);
    },
  );
});

describe("what is not understood", () => {
  test.each([
    [["rnu"], "unknown command 'rnu'\n  (Did you mean run?)"],
    [["runs", "sl"], "unknown command 'sl'\n  (Did you mean ls?)"],
    [["run", "p", "a", "--jsn"], "unknown option '--jsn'\n  (Did you mean --json?)"],
    [["run", "p"], "missing required argument 'paths'"],
    [["runs", "ls", "--limit", "0"], "argument '0' is invalid. It must be a whole number from 1."],
    [["export", "b", "--out", ""], "is invalid. It must not be empty."],
  ])("%j ends with 2 and a suggestion", async (argv, problem) => {
    const { code, stdout, stderr } = await typed(...argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(`error OPTION_INVALID: `);
    expect(stderr).toContain(problem);
  });

  test("no command at all shows the help as talk", async () => {
    const { code, stdout, stderr } = await typed();
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("Usage: sluice");
  });

  test.each([
    [["run", "p", "a", "--api-key", "abc"]],
    [["run", "p", "a", "--key=sk-or-v1-secret00"]],
    [["doctor", "sk-or-v1-secret00"]],
  ])("a key on the command line is refused and not repeated", async (argv) => {
    const { code, stderr } = await typed(...argv);
    expect(code).toBe(2);
    expect(stderr).toContain("set OPENROUTER_API_KEY in the environment");
    expect(stderr).not.toMatch(/abc|secret00/);
  });
});
