import { defineCommand, flag, one } from "../command.ts";
import { dataOptions } from "./options.ts";

/** `sluice logs` */
export const logs = defineCommand({
  name: "logs",
  summary: "Show what happened to a run, or to the runs of a batch, step by step",
  examples: ["sluice logs latest", "sluice logs latest-batch -f"],
  arguments: { id: one("a run or batch: its id or the beginning of it, latest, or latest-batch") },
  options: {
    ...dataOptions,
    follow: flag("go on with what happens from now on, until it is finished", "f"),
  },
  run: async (values, io) => (await import("../actions/logs.ts")).logs(values, io),
});
