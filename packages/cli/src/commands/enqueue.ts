import { defineCommand, many, one } from "../command.ts";
import { dataOptions } from "./options.ts";

/** `sluice enqueue` */
export const enqueue = defineCommand({
  name: "enqueue",
  summary: "Queue documents for workers and print the id of the batch",
  examples: ["sluice enqueue letters documents", "cat letter.txt | sluice enqueue letters -"],
  arguments: {
    pipeline: one("name of a pipeline in the configuration"),
    paths: many("files, folders, globs, or - for standard input"),
  },
  options: dataOptions,
  run: async (values, io) => (await import("../actions/enqueue.ts")).enqueue(values, io),
});
