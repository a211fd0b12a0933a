import { isTraced } from "./is-traced.ts";
import type { TracedEvent, TracedRun } from "./traced-run.ts";

/**
 * Does the work of a run under an OpenTelemetry span, where an SDK is registered; the span that is active now becomes
 * its parent. `work` is given a listener for the run's events, or null when nobody traces.
 */
export function traceRun<T>(
  run: TracedRun,
  work: (onEvent: ((event: TracedEvent) => void) | null) => Promise<T>,
): Promise<T> {
  return isTraced() ? traced(run, work) : work(null);
}

async function traced<T>(
  run: TracedRun,
  work: (onEvent: ((event: TracedEvent) => void) | null) => Promise<T>,
): Promise<T> {
  const { RunSpans } = await import("./run-spans.ts");
  const spans = RunSpans.start(run);
  return spans ? spans.around(work) : work(null);
}
