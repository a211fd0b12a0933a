import { defineCommand, flag, one } from "../command.ts";
import { dataOptions, modelOptions, questionOptions, simulateOptions } from "./options.ts";

/** `sluice ask` */
export const ask = defineCommand({
  name: "ask",
  summary: "Ask one question and print the answer",
  examples: ['sluice ask "What is a sluice?"', 'cat letter.txt | sluice ask "Summarise this letter"'],
  arguments: {
    question: one("the question, put before what is piped in; - takes all of it from standard input"),
  },
  options: {
    ...dataOptions,
    ...simulateOptions,
    ...modelOptions,
    ...questionOptions,
    cache: flag("take the answer to an equal question from the cache, and keep this one there"),
  },
  run: async (values, io) => (await import("../actions/ask.ts")).ask(values, io),
});
