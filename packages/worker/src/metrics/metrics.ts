import { Counter, collectDefaultMetrics, Registry } from "prom-client";
import type { WorkerObserver } from "../worker/worker-observer.ts";
import { countEvents } from "./event-counts.ts";
import { type GaugeFacts, gaugesIn } from "./gauges.ts";

/** The metrics of one worker. */
export interface Metrics extends Pick<WorkerObserver, "eventsOf"> {
  /** The media type of what {@link expose} gives. */
  readonly contentType: string;
  /** All metrics as Prometheus reads them, those of the process included. */
  expose(facts: GaugeFacts): Promise<string>;
}

/** Makes metrics in a registry of their own. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const setGauges = gaugesIn(registry);
  const lost = counterIn(
    registry,
    "lost",
    "Runs that another worker took over while this one worked on them.",
  );
  const gone = counterIn(registry, "gone", "Runs that the store forgot while this worker worked on them.");
  return {
    eventsOf: countEvents(registry),
    contentType: registry.contentType,
    expose(facts) {
      setGauges(facts);
      setCounter(lost, facts.worker?.lost);
      setCounter(gone, facts.worker?.gone);
      return registry.metrics();
    },
  };
}

function counterIn(registry: Registry, what: "lost" | "gone", help: string): Counter {
  return new Counter({ name: `sluice_worker_runs_${what}_total`, help, registers: [registry] });
}

/** The worker counts by itself. */
function setCounter(counter: Counter, value = 0): void {
  counter.reset();
  counter.inc(value);
}
