import type { Task } from "@sluice/core";
import type { RunPriority } from "@sluice/worker";
import { choice, count, flag, list, numberBetween, text } from "../command.ts";

const taskNames = [
  "fast",
  "general",
  "complex",
  "reasoning",
  "chinese",
  "code",
  "vision",
] as const satisfies readonly Task[];

/** For commands that read the configuration. */
export const configOptions = {
  config: text("FILE", "configuration file (default: sluice.config.ts in this folder)"),
};

/** For commands that print data. */
export const dataOptions = {
  ...configOptions,
  json: flag("print JSON"),
};

/** For commands that work off runs. */
export const workOptions = {
  noCache: flag("ask anew, also where an answer was bought before"),
};

/** For commands that entrust runs to the store. */
export const storeOptions = {
  ephemeral: flag("accept without a word that a restart of Redis loses runs"),
};

/** For commands that enqueue. */
export const enqueueOptions = {
  fresh: flag("make new runs and ask anew, also where a run or an answer exists"),
};

const priorities = ["urgent", "normal", "low"] as const satisfies readonly RunPriority[];

/** For commands that enqueue. */
export const priorityOption = choice("WORD", "which runs go first", priorities);

/** For commands that ask models. */
export const simulateOptions = {
  simulate: flag("answer from the offline simulator; no model is called"),
};

/** For commands that put a question to models by hand. */
export const questionOptions = {
  system: text("TEXT", "what the model is told before the question"),
  task: choice("TASK", "what the question is about (default: auto)", ["auto", ...taskNames]),
  temperature: numberBetween("N", "how freely it answers (default: 0.7)", { min: 0, max: 2 }),
  maxTokens: count("N", "longest answer, in tokens (default: 2048)"),
};

/** For commands where one model of several answers. */
export const modelOptions = {
  model: list("ID", "only this model, whose id ends in :free"),
};

/** For commands that look at the models of one task. */
export const taskOption = choice("TASK", "only the models asked for this task, in their order", taskNames);
