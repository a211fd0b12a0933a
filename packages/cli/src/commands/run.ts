import { defineCommand, flag, many, one, text } from "../command.ts";
import { dataOptions, enqueueOptions, simulateOptions, storeOptions } from "./options.ts";

/** `sluice run` */
export const run = defineCommand({
  name: "run",
  summary: "Run a pipeline over documents and print the results",
  examples: ["sluice run letters documents", "sluice run letters 'inbox/**/*.pdf' --out results.jsonl"],
  arguments: {
    pipeline: one("name of a pipeline in the configuration"),
    paths: many("files, folders, globs, or - for standard input"),
  },
  options: {
    ...dataOptions,
    ...simulateOptions,
    ...enqueueOptions,
    ...storeOptions,
    out: text("FILE", "also write the results to a new .jsonl file"),
    force: flag("let --out replace an existing file"),
    plan: flag("only say what it would take, like sluice plan; nothing is asked or queued"),
  },
  run: async (values, io) => (await import("../actions/run.ts")).run(values, io),
});
