import {
  type Context,
  context,
  isSpanContextValid,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { OpenSteps } from "./open-steps.ts";
import { endingOf, type RunEnding } from "./run-ending.ts";
import {
  attemptAttributes,
  packAttributes,
  recordError,
  runAttributes,
  stepAttributes,
  stepSpanName,
} from "./span-facts.ts";
import type { TracedAttempt, TracedEvent, TracedRun } from "./traced-run.ts";

/** The spans of one execution of a run: one for the run, beneath it one for each step, beneath that one for each request. */
export class RunSpans {
  readonly #run: TracedRun;
  readonly #tracer: Tracer;
  readonly #span: Span;
  readonly #context: Context;
  readonly #steps = new OpenSteps<Span>();

  private constructor(run: TracedRun, tracer: Tracer, span: Span) {
    this.#run = run;
    this.#tracer = tracer;
    this.#span = span;
    this.#context = trace.setSpan(context.active(), span);
  }

  /** Begins the run's span; nothing when no SDK makes spans. */
  static start(run: TracedRun): RunSpans | undefined {
    const tracer = trace.getTracer("@sluice/core");
    const span = tracer.startSpan(`invoke_workflow ${run.pipeline}`, { attributes: runAttributes(run) });
    return isSpanContextValid(span.spanContext()) ? new RunSpans(run, tracer, span) : undefined;
  }

  /** Does the work with the run's span as the active one, and ends all spans with it. */
  async around<T>(work: (onEvent: ((event: TracedEvent) => void) | null) => Promise<T>): Promise<T> {
    const onEvent = this.#span.isRecording() ? (event: TracedEvent) => this.#tell(event) : null;
    try {
      const result = await context.with(this.#context, work, undefined, onEvent);
      this.#end({ status: "completed" });
      return result;
    } catch (error) {
      this.#end(endingOf(error, this.#run.signal));
      throw error;
    }
  }

  #tell(event: TracedEvent): void {
    switch (event.type) {
      case "step.started":
        this.#begin(event.step, event.kind);
        break;
      case "step.attempt":
        this.#attempted(event.step, event.attempt);
        break;
      case "step.packed":
        // The request itself is a span of the run that pays for it.
        this.#steps.get(event.step)?.setAttributes(packAttributes(event.pack));
        break;
      case "step.completed":
        this.#steps.get(event.step)?.setAttribute("sluice.step.cached", event.cached);
        close(this.#steps.close(event.step), { status: "completed" });
        break;
      case "step.failed":
        close(this.#steps.close(event.step), { status: "failed", error: event.error });
        break;
    }
  }

  #begin(path: string, kind: string): void {
    const around = this.#steps.around(path);
    const parent = around ? trace.setSpan(this.#context, around) : this.#context;
    const options = { attributes: stepAttributes(path, kind) };
    this.#steps.open(path, this.#tracer.startSpan(stepSpanName(path, kind), options, parent));
  }

  #attempted(path: string, attempt: TracedAttempt): void {
    const step = this.#steps.get(path);
    if (!step) return;
    const endedAt = Date.now();
    const startTime = endedAt - attempt.durationMs;
    const options = { kind: SpanKind.CLIENT, startTime, attributes: attemptAttributes(attempt) };
    const span = this.#tracer.startSpan(`chat ${attempt.model}`, options, trace.setSpan(this.#context, step));
    if (attempt.outcome === "ok") step.setAttribute("gen_ai.response.model", attempt.model);
    else span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(endedAt);
  }

  /** Steps that are still open rest, or were stopped, with the run. */
  #end(ending: RunEnding): void {
    for (const span of this.#steps.closeAll()) close(span, ending);
    const { requests, models } = this.#run.meter.usage();
    this.#span.setAttributes({ "sluice.run.requests": requests, "sluice.run.models": [...models] });
    if (ending.status === "parked") {
      this.#span.setAttribute("sluice.run.parked_until", new Date(ending.until).toISOString());
      this.#span.setAttribute("sluice.run.parked_why", ending.why);
    }
    close(this.#span, ending);
  }
}

function close(span: Span | undefined, ending: RunEnding): void {
  if (!span) return;
  span.setAttribute("sluice.status", ending.status);
  if (ending.status === "failed") recordError(span, ending.error);
  span.end();
}
