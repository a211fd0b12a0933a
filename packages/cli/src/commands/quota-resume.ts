import { defineCommand } from "../command.ts";
import { configOptions, simulateOptions } from "./options.ts";

/** `sluice quota resume` */
export const quotaResume = defineCommand({
  name: "quota resume",
  summary: "Let a halted account send requests again",
  examples: ["sluice quota resume", "sluice quota resume --config other/sluice.config.ts"],
  options: { ...configOptions, ...simulateOptions },
  run: async (values, io) => (await import("../actions/quota.ts")).quotaResume(values, io),
});
