import { defineCommand } from "../command.ts";
import { dataOptions, simulateOptions } from "./options.ts";

/** `sluice config` */
export const config = defineCommand({
  name: "config",
  summary: "Show every setting and where its value comes from",
  examples: ["sluice config", "sluice config --config examples/licences/sluice.config.ts"],
  options: { ...dataOptions, ...simulateOptions },
  run: async (values, io) => (await import("../actions/config.ts")).config(values, io),
});
