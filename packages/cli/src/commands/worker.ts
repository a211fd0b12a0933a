import { defineCommand, flag } from "../command.ts";
import { configOptions, simulateOptions, workOptions } from "./options.ts";

/** `sluice worker` */
export const worker = defineCommand({
  name: "worker",
  summary: "Work off queued runs until stopped",
  examples: ["sluice worker", "sluice worker --drain"],
  options: {
    ...configOptions,
    ...simulateOptions,
    ...workOptions,
    drain: flag("stop when nothing is left to do now"),
  },
  run: async (values, io) => (await import("../actions/worker.ts")).worker(values, io),
});
