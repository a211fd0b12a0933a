import { defineCommand, one, text } from "../command.ts";
import { dataOptions } from "./options.ts";

/** `sluice approve` */
export const approve = defineCommand({
  name: "approve",
  summary: "Show what a run waits for, or give the decision",
  examples: ["sluice approve latest", "sluice approve k7w2 --decision '{\"ok\":true}'"],
  arguments: { run: one("a run: its id or the beginning of it, or latest") },
  options: {
    ...dataOptions,
    step: text("PATH", "the step to decide (default: the one that the run waits at)"),
    decision: text("JSON", "the decision; without it the question and the decision's JSON schema are shown"),
  },
  run: async (values, io) => (await import("../actions/approve.ts")).approve(values, io),
});
