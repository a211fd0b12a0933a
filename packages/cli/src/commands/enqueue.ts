import { defineCommand, duration, many, one } from "../command.ts";
import { dataOptions, enqueueOptions, priorityOption, storeOptions } from "./options.ts";

/** `sluice enqueue` */
export const enqueue = defineCommand({
  name: "enqueue",
  summary: "Queue documents for workers and print the id of the batch",
  examples: ["sluice enqueue letters documents", "sluice enqueue letters archive --priority low --delay 2h"],
  arguments: {
    pipeline: one("name of a pipeline in the configuration"),
    paths: many("files, folders, globs, or - for standard input"),
  },
  options: {
    ...dataOptions,
    ...enqueueOptions,
    ...storeOptions,
    priority: priorityOption,
    delay: duration("TIME", "when the runs may begin, counted from now"),
  },
  run: async (values, io) => (await import("../actions/enqueue.ts")).enqueue(values, io),
});
