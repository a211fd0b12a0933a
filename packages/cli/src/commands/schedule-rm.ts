import { defineCommand, one } from "../command.ts";
import { dataOptions } from "./options.ts";

/** `sluice schedule rm` */
export const scheduleRm = defineCommand({
  name: "schedule rm",
  summary: "Remove a schedule; what it queued stays",
  examples: ["sluice schedule rm inbox", "sluice schedule rm inbox --json"],
  arguments: { name: one("the name of a schedule") },
  options: dataOptions,
  run: async (values, io) => (await import("../actions/schedule.ts")).scheduleRm(values, io),
});
