import { defineCommand, flag } from "../command.ts";
import { dataOptions, simulateOptions } from "./options.ts";

/** `sluice quota` */
export const quota = defineCommand({
  name: "quota",
  summary: "Show what is left of the free requests of this minute and day",
  examples: ["sluice quota", "sluice quota --watch"],
  options: { ...dataOptions, ...simulateOptions, watch: flag("go on showing it until stopped") },
  run: async (values, io) => (await import("../actions/quota.ts")).quota(values, io),
});
