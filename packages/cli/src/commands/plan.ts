import { defineCommand, many, one } from "../command.ts";
import { dataOptions, enqueueOptions, simulateOptions } from "./options.ts";

/** `sluice plan` */
export const plan = defineCommand({
  name: "plan",
  summary: "Say what a batch would take, and when it would be done, at no request",
  examples: ["sluice plan letters documents", "sluice plan letters 'inbox/**/*.pdf' --json"],
  arguments: {
    pipeline: one("name of a pipeline in the configuration"),
    paths: many("files, folders, globs, or - for standard input"),
  },
  options: { ...dataOptions, ...simulateOptions, ...enqueueOptions },
  run: async (values, io) => (await import("../actions/plan.ts")).plan(values, io),
});
