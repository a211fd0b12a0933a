import type { RunStatus } from "@sluice/core";
import { choice, count, defineCommand, text } from "../command.ts";
import { dataOptions } from "./options.ts";

const statuses = [
  "queued",
  "running",
  "parked",
  "waiting",
  "completed",
  "failed",
  "cancelled",
] as const satisfies readonly RunStatus[];

/** `sluice runs ls` */
export const runsLs = defineCommand({
  name: "runs ls",
  summary: "List runs, those of the newest batch first",
  examples: ["sluice runs ls --status failed", "sluice runs ls --batch latest-batch --json"],
  options: {
    ...dataOptions,
    status: choice("STATUS", "only runs in this state", statuses),
    batch: text("ID", "only runs of this batch; latest-batch, or the beginning of an id"),
    limit: count("N", "at most this many (default: 50)"),
  },
  run: async (values, io) => (await import("../actions/runs-ls.ts")).runsLs(values, io),
});
