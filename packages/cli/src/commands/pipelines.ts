import { defineCommand, flag, optional } from "../command.ts";
import { dataOptions } from "./options.ts";

/** `sluice pipelines` */
export const pipelines = defineCommand({
  name: "pipelines",
  summary: "List the pipelines of the configuration and their steps",
  examples: ["sluice pipelines", "sluice pipelines letters --graph"],
  arguments: { name: optional("only the pipeline of this name, in all its versions") },
  options: {
    ...dataOptions,
    graph: flag("print one pipeline as a Mermaid flowchart; with --json add the graph as data"),
  },
  run: async (values, io) => (await import("../actions/pipelines.ts")).pipelines(values, io),
});
