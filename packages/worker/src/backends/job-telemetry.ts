import { type Context, propagation, ROOT_CONTEXT } from "@opentelemetry/api";
import { type Span, SpanKind, type Telemetry } from "bullmq";
import { BullMQOtel } from "bullmq-otel";

/** The spans that are kept: runs are added to the queue, and a run is processed. */
const KEPT: ReadonlySet<SpanKind | undefined> = new Set([SpanKind.PRODUCER, SpanKind.CONSUMER]);

/**
 * Lets BullMQ trace jobs with bullmq-otel: who adds a run leaves his trace with the job, and the run is processed in it.
 * Held back from it is
 *
 * - every span of BullMQ's own housekeeping: an idle worker would make one every second or two, each a trace by itself;
 * - baggage, which would be stored with the job and go on to every server that the run talks to;
 * - what stands in the store and is no trace: the run is then processed in a trace of its own;
 * - the context in which somebody started or resumed a worker: its runs are not his.
 */
export function jobTelemetry(side: "producer" | "consumer"): Telemetry<Context> {
  const { tracer, contextManager } = new BullMQOtel({ tracerName: "@sluice/worker" });
  const active = (): Context => (side === "producer" ? contextManager.active() : ROOT_CONTEXT);
  const unseen: Span<Context> = {
    setSpanOnContext: () => contextManager.active(),
    setAttribute: () => {},
    setAttributes: () => {},
    addEvent: () => {},
    recordException: () => {},
    end: () => {},
  };
  return {
    tracer: {
      startSpan: (name, options, parent) =>
        KEPT.has(options?.kind) ? tracer.startSpan(name, options, parent ?? active()) : unseen,
    },
    contextManager: {
      active,
      root: () => ROOT_CONTEXT,
      with: (context, work) => contextManager.with(context, work),
      getMetadata: (context) => contextManager.getMetadata(propagation.deleteBaggage(context)),
      fromMetadata: (_active, metadata) => {
        try {
          return propagation.deleteBaggage(contextManager.fromMetadata(ROOT_CONTEXT, metadata));
        } catch {
          return ROOT_CONTEXT;
        }
      },
    },
  };
}
