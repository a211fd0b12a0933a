import { defineCommand, duration, many, one, text } from "../command.ts";
import { dataOptions, enqueueOptions, priorityOption } from "./options.ts";

/** `sluice schedule add` */
export const scheduleAdd = defineCommand({
  name: "schedule add",
  summary: "Let workers queue what is new in files and folders, again and again",
  examples: [
    "sluice schedule add inbox letters inbox --every 15min",
    'sluice schedule add mornings letters inbox --cron "0 7 * * 1-5" --tz Europe/Berlin',
  ],
  arguments: {
    name: one("a name for the schedule"),
    pipeline: one("name of a pipeline in the configuration"),
    paths: many("files, folders or globs; a worker looks for them here, on its own machine"),
  },
  options: {
    ...dataOptions,
    ...enqueueOptions,
    cron: text("PATTERN", 'when, as five fields of cron: "0 7 * * 1-5" is 7:00 from Monday to Friday'),
    tz: text("ZONE", "the time zone of --cron (default: this machine's)"),
    every: duration("TIME", "how often, from now on"),
    priority: priorityOption,
  },
  run: async (values, io) => (await import("../actions/schedule.ts")).scheduleAdd(values, io),
});
