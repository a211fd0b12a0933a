import { type Attributes, type Span, SpanStatusCode } from "@opentelemetry/api";
import type { ErrorRecord } from "../errors/sluice-error.ts";
import { stepPattern } from "./step-pattern.ts";
import type { TracedAttempt, TracedRun } from "./traced-run.ts";

// Names that begin with `gen_ai` or `error` are OpenTelemetry's own, for generative AI and for all; the rest is ours.

/** The operation that a step of this kind is in OpenTelemetry's words; other kinds have none. The chat is a request. */
const OPERATIONS: Readonly<Record<string, string>> = {
  agent: "invoke_agent",
  pipeline: "invoke_workflow",
};

/** What a run's span says from its beginning. */
export function runAttributes({ runId, pipeline, version }: TracedRun): Attributes {
  return {
    "gen_ai.operation.name": "invoke_workflow",
    "gen_ai.agent.name": pipeline,
    "sluice.run.id": runId,
    "sluice.pipeline.name": pipeline,
    "sluice.pipeline.version": version,
  };
}

/** What a step's span says from its beginning. */
export function stepAttributes(path: string, kind: string): Attributes {
  const operation = OPERATIONS[kind];
  return {
    "sluice.step.path": path,
    "sluice.step.kind": kind,
    ...(operation ? { "gen_ai.operation.name": operation } : {}),
    ...(kind === "llm" || kind === "agent" ? { "gen_ai.provider.name": "openrouter" } : {}),
    ...(kind === "agent" ? { "gen_ai.agent.name": path.slice(path.lastIndexOf("/") + 1) } : {}),
  };
}

/** The same name for all items and rounds, with a star for their numbers, so that a backend can group by it. */
export function stepSpanName(path: string, kind: string): string {
  return `${kind} ${stepPattern(path)}`;
}

/** What a step's span says when it was asked together with those of other runs. */
export function packAttributes({ id, size }: { id: string; size: number }): Attributes {
  return { "sluice.pack.id": id, "sluice.pack.size": size };
}

/** What an attempt's span says; never its detail, which a server may have written. */
export function attemptAttributes({ model, outcome }: TracedAttempt): Attributes {
  return {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openrouter",
    "gen_ai.request.model": model,
    "sluice.attempt.outcome": outcome,
    ...(outcome === "ok" ? { "gen_ai.response.model": model } : { "error.type": outcome }),
  };
}

/** Records the code, and the message without the values that it quotes. */
export function recordError(span: Span, { code, message }: ErrorRecord): void {
  const told = withoutValues(message);
  span.setAttribute("error.type", code);
  span.setStatus({ code: SpanStatusCode.ERROR, message: told });
  span.recordException({ code, message: told });
}

/** What a schema found wrong is told on lines of its own, and with `(got …)`: pieces of documents and answers. */
function withoutValues(message: string): string {
  return message.split(/\n| \(got /, 1)[0] ?? "";
}
