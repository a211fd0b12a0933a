import { defineCommand, one } from "../command.ts";
import { dataOptions } from "./options.ts";

/** `sluice schedule run` */
export const scheduleRun = defineCommand({
  name: "schedule run",
  summary: "Queue now what a schedule names, whenever it is due",
  examples: ["sluice schedule run inbox", "sluice schedule run inbox --json"],
  arguments: { name: one("the name of a schedule") },
  options: dataOptions,
  run: async (values, io) => (await import("../actions/schedule.ts")).scheduleRun(values, io),
});
