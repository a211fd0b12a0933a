import { choices, defineCommand, duration, flag, text } from "../command.ts";
import { dataOptions } from "./options.ts";

/** Written out: the help must not wait for the packages that know them. */
const states = ["completed", "failed", "cancelled"] as const;

/** `sluice prune` */
export const prune = defineCommand({
  name: "prune",
  summary: "Remove what is stored of finished runs, by age",
  examples: [
    "sluice prune --older-than 30d --dry-run",
    "sluice prune --older-than 7d --inputs --pipeline letters",
  ],
  options: {
    ...dataOptions,
    olderThan: duration("TIME", "only runs that finished so long ago"),
    pipeline: text("NAME", "only runs of this pipeline"),
    state: choices("STATES", "only runs in these states", states),
    inputs: flag("only their documents; the runs stay"),
    results: flag("only their results; the runs stay"),
    includeUnexported: flag("also results that were never exported"),
    dryRun: flag("only say what would be removed"),
  },
  run: async (values, io) => (await import("../actions/prune.ts")).prune(values, io),
});
