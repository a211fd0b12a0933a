import { defineCommand, one } from "../command.ts";

/** `sluice init` */
export const init = defineCommand({
  name: "init",
  summary: "Start a project in a new folder: configuration, a pipeline, two documents",
  examples: ["sluice init my-project", "sluice init ."],
  arguments: { folder: one("a new or empty folder") },
  run: async (values, io) => (await import("../actions/init.ts")).init(values, io),
});
