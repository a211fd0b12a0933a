import { defineCommand, flag } from "../command.ts";
import { dataOptions, simulateOptions } from "./options.ts";

/** `sluice models` */
export const models = defineCommand({
  name: "models",
  summary: "List the free models that the server offers now",
  examples: ["sluice models", "sluice models --all"],
  options: {
    ...dataOptions,
    ...simulateOptions,
    all: flag("list the refused models too, each with the reason"),
  },
  run: async (values, io) => (await import("../actions/models.ts")).models(values, io),
});
