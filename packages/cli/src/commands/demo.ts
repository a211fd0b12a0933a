import { defineCommand } from "../command.ts";
import { simulateOptions } from "./options.ts";

/** `sluice demo` */
export const demo = defineCommand({
  name: "demo",
  summary: "Show it at work on the real documents of an example",
  examples: ["sluice demo", "sluice demo --simulate"],
  options: simulateOptions,
  run: async (values, io) => (await import("../actions/demo.ts")).demo(values, io),
});
