import type { TracedEvent, TracedRun } from "./traced-run.ts";

/**
 * Where every OpenTelemetry API of major version 1 keeps what was registered with it, so that several copies of it in
 * one process find each other. Nothing stands there in a process without an SDK, and then the API is not loaded either.
 */
const REGISTERED = Symbol.for("opentelemetry.js.api.1");

/**
 * Does the work of a run under an OpenTelemetry span, where an SDK is registered; the span that is active now becomes
 * its parent. `work` is given a listener for the run's events, or null when nobody traces.
 */
export function traceRun<T>(
  run: TracedRun,
  work: (onEvent: ((event: TracedEvent) => void) | null) => Promise<T>,
): Promise<T> {
  return REGISTERED in globalThis ? traced(run, work) : work(null);
}

async function traced<T>(
  run: TracedRun,
  work: (onEvent: ((event: TracedEvent) => void) | null) => Promise<T>,
): Promise<T> {
  const { RunSpans } = await import("./run-spans.ts");
  const spans = RunSpans.start(run);
  return spans ? spans.around(work) : work(null);
}
