import { defineCommand } from "../command.ts";
import { dataOptions, simulateOptions } from "./options.ts";

/** `sluice quota` */
export const quota = defineCommand({
  name: "quota",
  summary: "Show what is left of the free requests of this minute and day",
  examples: ["sluice quota", "sluice quota --json"],
  options: { ...dataOptions, ...simulateOptions },
  run: async (values, io) => (await import("../actions/quota.ts")).quota(values, io),
});
