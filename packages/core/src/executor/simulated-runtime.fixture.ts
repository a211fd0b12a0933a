import { type Simulator, type SimulatorOptions, startSimulator } from "@sluice/simulator";
import { MemoryCheckpoints } from "../checkpoints/memory-checkpoints.ts";
import { type OpenRouter, openRouter } from "../models/openrouter/openrouter.ts";
import { ManualClock } from "../shared/manual-clock.ts";
import type { RunEvent } from "./events.ts";
import type { Runtime } from "./runtime.ts";

/** A runtime on a simulator of its own, with a clock by hand and everything recorded. */
export interface SimulatedRuntime extends Runtime {
  models: OpenRouter;
  checkpoints: MemoryCheckpoints;
  clock: ManualClock;
  events: RunEvent[];
  simulator: Simulator;
  /** Chat completions that reached the server. */
  requests(): number;
}

/** Runs a test body with a runtime that is closed afterwards. */
export async function withRuntime(
  body: (runtime: SimulatedRuntime) => Promise<void>,
  options: SimulatorOptions = {},
): Promise<void> {
  await using simulator = await startSimulator({ limits: { perMinute: 1_000, perDay: 1_000 }, ...options });
  const clock = new ManualClock(Date.now());
  const events: RunEvent[] = [];
  await body({
    models: openRouter({ apiKey: "k", baseUrl: simulator.url }),
    checkpoints: new MemoryCheckpoints(),
    clock,
    events,
    onEvent: (event) => void events.push(event),
    simulator,
    requests: () => simulator.journal.filter(({ path }) => path.endsWith("/chat/completions")).length,
  });
}
