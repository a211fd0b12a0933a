import { defineCommand, flag, one, text } from "../command.ts";
import { configOptions } from "./options.ts";

/** `sluice export` */
export const exportBatch = defineCommand({
  name: "export",
  summary: "Print the results of a batch, one JSON object per line",
  examples: ["sluice export latest-batch", "sluice export b7k2 --out results.jsonl"],
  arguments: { batch: one("a batch: its id or the beginning of it, or latest-batch") },
  options: {
    ...configOptions,
    out: text("FILE", "write to a new .jsonl file instead"),
    force: flag("let --out replace an existing file"),
  },
  run: async (values, io) => (await import("../actions/export.ts")).exportBatch(values, io),
});
