import { defineCommand } from "../command.ts";
import { dataOptions } from "./options.ts";

/** `sluice pipelines` */
export const pipelines = defineCommand({
  name: "pipelines",
  summary: "List the pipelines of the configuration and their steps",
  examples: ["sluice pipelines", "sluice pipelines --config examples/licences/sluice.config.ts"],
  options: dataOptions,
  run: async (values, io) => (await import("../actions/pipelines.ts")).pipelines(values, io),
});
