import { defineCommand, list, one } from "../command.ts";
import { dataOptions, questionOptions, simulateOptions } from "./options.ts";

/** `sluice compare` */
export const compare = defineCommand({
  name: "compare",
  summary: "Ask several models the same question and show the answers side by side",
  examples: [
    'sluice compare "What is a sluice?"',
    'sluice compare "Translate: free as water" --models google/gemma-4-31b-it:free,qwen/qwen3.8-27b:free',
  ],
  arguments: {
    question: one("the question, put before what is piped in; - takes all of it from standard input"),
  },
  options: {
    ...dataOptions,
    ...simulateOptions,
    models: list("IDS", "the models, whose ids end in :free (default: the first three for the task)"),
    ...questionOptions,
  },
  run: async (values, io) => (await import("../actions/compare.ts")).compare(values, io),
});
