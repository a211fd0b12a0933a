import type { scenarios } from "@sluice/simulator";
import { choice, count, defineCommand } from "../command.ts";

const names = [
  "calm",
  "flaky",
  "sloppy",
  "vanishing",
  "congested",
  "charged",
] as const satisfies readonly (keyof typeof scenarios)[];

/** `sluice simulate` */
export const simulate = defineCommand({
  name: "simulate",
  summary: "Serve the offline simulator of OpenRouter until stopped",
  examples: ["sluice simulate", "sluice simulate --scenario flaky --per-day 1000"],
  options: {
    port: count("PORT", "TCP port on 127.0.0.1 (default: 4010)"),
    scenario: choice("NAME", "what goes wrong", names),
    perMinute: count("N", "requests it allows a minute (default: 20)"),
    perDay: count("N", "requests it allows a UTC day (default: 50)"),
  },
  run: async (values, io) => (await import("../actions/simulate.ts")).simulate(values, io),
});
