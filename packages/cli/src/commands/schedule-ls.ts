import { defineCommand } from "../command.ts";
import { dataOptions } from "./options.ts";

/** `sluice schedule ls` */
export const scheduleLs = defineCommand({
  name: "schedule ls",
  summary: "List the schedules, when each is due next, and what came of it last",
  examples: ["sluice schedule ls", "sluice schedule ls --json"],
  options: dataOptions,
  run: async (values, io) => (await import("../actions/schedule.ts")).scheduleLs(values, io),
});
