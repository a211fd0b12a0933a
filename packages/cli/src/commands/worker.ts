import { defineCommand, flag, port, text } from "../command.ts";
import { configOptions, simulateOptions, storeOptions, workOptions } from "./options.ts";

/** `sluice worker` */
export const worker = defineCommand({
  name: "worker",
  summary: "Work off queued runs until stopped",
  examples: ["sluice worker --drain", "sluice worker --metrics-port 9464"],
  options: {
    ...configOptions,
    ...simulateOptions,
    ...workOptions,
    ...storeOptions,
    drain: flag("stop when nothing is left to do now"),
    metricsPort: port("PORT", "serve /metrics, /healthz and /readyz on this TCP port (default: nowhere)"),
    metricsHost: text(
      "ADDRESS",
      "serve them on this address, to whoever reaches it: there is no authentication (default: 127.0.0.1)",
    ),
  },
  run: async (values, io) => (await import("../actions/worker.ts")).worker(values, io),
});
