import { defineCommand } from "../command.ts";
import { dataOptions } from "./options.ts";

/** `sluice queue status` */
export const queueStatus = defineCommand({
  name: "queue status",
  summary: "Show how many runs are in each state, and what is paused",
  examples: ["sluice queue status", "sluice queue status --json"],
  options: dataOptions,
  run: async (values, io) => (await import("../actions/queue.ts")).queueStatus(values, io),
});
