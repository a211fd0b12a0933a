import { defineCommand, optional } from "../command.ts";
import { dataOptions } from "./options.ts";

/** `sluice queue pause` */
export const queuePause = defineCommand({
  name: "queue pause",
  summary: "Let workers take no more runs, or none of one pipeline",
  examples: ["sluice queue pause", "sluice queue pause letters"],
  arguments: { pipeline: optional("only the runs of this pipeline (default: the whole queue)") },
  options: dataOptions,
  run: async (values, io) => (await import("../actions/queue.ts")).queuePause(values, io),
});
