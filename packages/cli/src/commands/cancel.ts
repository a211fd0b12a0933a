import { defineCommand, many } from "../command.ts";
import { dataOptions } from "./options.ts";

/** `sluice cancel` */
export const cancel = defineCommand({
  name: "cancel",
  summary: "Cancel runs, or all runs of a batch that are not finished",
  examples: ["sluice cancel latest-batch", "sluice cancel k7w2 m9qd --json"],
  arguments: { ids: many("runs or batches: an id or the beginning of it, latest, or latest-batch") },
  options: dataOptions,
  run: async (values, io) => (await import("../actions/cancel.ts")).cancel(values, io),
});
