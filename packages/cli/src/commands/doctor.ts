import { defineCommand } from "../command.ts";
import { dataOptions, simulateOptions } from "./options.ts";

/** `sluice doctor` */
export const doctor = defineCommand({
  name: "doctor",
  summary: "Check Node, configuration, key, server and store, and say how to mend them",
  examples: ["sluice doctor", "sluice doctor --json"],
  options: { ...dataOptions, ...simulateOptions },
  run: async (values, io) => (await import("../actions/doctor.ts")).doctor(values, io),
});
