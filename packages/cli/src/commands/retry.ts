import { defineCommand, flag, one } from "../command.ts";
import { dataOptions } from "./options.ts";

/** `sluice retry` */
export const retry = defineCommand({
  name: "retry",
  summary: "Put a failed run, or all failed runs of a batch, back into the queue",
  examples: ["sluice retry latest", "sluice retry latest-batch --json"],
  arguments: { id: one("a run or batch: its id or the beginning of it, latest, or latest-batch") },
  options: { ...dataOptions, cancelled: flag("also the cancelled runs of a batch") },
  run: async (values, io) => (await import("../actions/retry.ts")).retry(values, io),
});
