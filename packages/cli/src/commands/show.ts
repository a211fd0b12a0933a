import { defineCommand, one } from "../command.ts";
import { dataOptions } from "./options.ts";

/** `sluice show` */
export const show = defineCommand({
  name: "show",
  summary: "Show a run with its steps, or a batch with its runs",
  examples: ["sluice show latest", "sluice show k7w2 --json"],
  arguments: { id: one("a run or batch: its id or the beginning of it, latest, or latest-batch") },
  options: dataOptions,
  run: async (values, io) => (await import("../actions/show.ts")).show(values, io),
});
