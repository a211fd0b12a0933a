import { flag, text } from "../command.ts";

/** For commands that read the configuration. */
export const configOptions = {
  config: text("FILE", "configuration file (default: sluice.config.ts in this folder)"),
};

/** For commands that print data. */
export const dataOptions = {
  ...configOptions,
  json: flag("print JSON"),
};

/** For commands that ask models. */
export const simulateOptions = {
  simulate: flag("answer from the offline simulator; no model is called"),
};
