import { defineCommand, optional } from "../command.ts";
import { dataOptions } from "./options.ts";

/** `sluice watch` */
export const watch = defineCommand({
  name: "watch",
  summary: "Watch runs while workers in any process work them off",
  examples: ["sluice watch latest-batch", "sluice watch --json"],
  arguments: {
    id: optional(
      "a run or batch, watched until it is finished: its id or the beginning of it, latest, or latest-batch; default: everything, until stopped",
    ),
  },
  options: dataOptions,
  run: async (values, io) => (await import("../actions/watch.ts")).watch(values, io),
});
