import { defineCommand, optional } from "../command.ts";
import { dataOptions } from "./options.ts";

/** `sluice queue resume` */
export const queueResume = defineCommand({
  name: "queue resume",
  summary: "Let workers take runs again, or those of one pipeline",
  examples: ["sluice queue resume", "sluice queue resume letters"],
  arguments: {
    pipeline: optional("only this pipeline (default: the whole queue, not its paused pipelines)"),
  },
  options: dataOptions,
  run: async (values, io) => (await import("../actions/queue.ts")).queueResume(values, io),
});
