import { defineCommand, flag } from "../command.ts";
import { dataOptions, simulateOptions, taskOption } from "./options.ts";

/** `sluice models` */
export const models = defineCommand({
  name: "models",
  summary: "List the free models that the server offers now",
  examples: ["sluice models", "sluice models --task code"],
  options: {
    ...dataOptions,
    ...simulateOptions,
    free: flag("list the free models only, which is the default"),
    all: flag("list the refused models too, each with the reason"),
    task: taskOption,
    refresh: flag("read the list from the server, however fresh the last one is"),
  },
  run: async (values, io) => (await import("../actions/models.ts")).models(values, io),
});
