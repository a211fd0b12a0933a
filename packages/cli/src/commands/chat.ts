import { defineCommand } from "../command.ts";
import { configOptions, modelOptions, questionOptions, simulateOptions } from "./options.ts";

/** `sluice chat` */
export const chat = defineCommand({
  name: "chat",
  summary: "Talk with a model; what is piped in is asked line by line",
  examples: ["sluice chat", 'sluice chat --task code --system "Answer in one sentence."'],
  options: { ...configOptions, ...simulateOptions, ...modelOptions, ...questionOptions },
  run: async (values, io) => (await import("../actions/chat.ts")).chat(values, io),
});
