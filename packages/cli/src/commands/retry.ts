import { defineCommand, flag, one, text } from "../command.ts";
import { dataOptions } from "./options.ts";

/** `sluice retry` */
export const retry = defineCommand({
  name: "retry",
  summary: "Put a failed run, or all failed runs of a batch, back into the queue",
  examples: ["sluice retry latest-batch", "sluice retry latest --from check"],
  arguments: { id: one("a run or batch: its id or the beginning of it, latest, or latest-batch") },
  options: {
    ...dataOptions,
    cancelled: flag("also the cancelled runs of a batch"),
    from: text("STEP", "go again from this step, also of a completed run (default: where it failed)"),
  },
  run: async (values, io) => (await import("../actions/retry.ts")).retry(values, io),
});
