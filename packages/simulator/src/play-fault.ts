import type { CatalogueModel } from "./catalogue.ts";
import type { Completion } from "./completion.ts";
import {
  dataPolicyReply,
  errorReply,
  freeVariantEndedReply,
  guardrailReply,
  guardrailsLeaveNoneReply,
  harnessOnlyReply,
  httpFailureReply,
  insufficientCreditsReply,
  invalidModelReply,
  keyLimitReply,
  moderationReply,
  noEndpointsReply,
  providerRefusalReply,
} from "./errors.ts";
import type { Fault } from "./faults.ts";
import { capacityReply, modelCapReply, upstreamBusyReply } from "./rate-limit-errors.ts";
import type { ErrorReply, Reply } from "./reply.ts";
import { firstTokens, spoilCompletion } from "./spoil-completion.ts";

/** A fault that refuses the request before anything is generated, as an error; null for all others. */
export function faultRefusal(fault: Fault, model: CatalogueModel): ErrorReply | null {
  switch (fault.kind) {
    case "upstream-429":
      return upstreamBusyReply(model, fault.retryAfterSeconds);
    case "model-cap-429":
      return modelCapReply(model, { scope: "minute", limit: fault.limit ?? 8 });
    case "model-day-cap-429":
      return modelCapReply(model, { scope: "day", limit: fault.limit ?? 100 });
    case "capacity-429":
      return capacityReply(model, fault.retryAfterSeconds ?? 10);
    case "http":
      return httpFailureReply(model, fault.status);
    case "vanished":
      return freeVariantEndedReply(model);
    case "invalid-model-400":
      return invalidModelReply(model.id);
    case "provider-400":
      return providerRefusalReply(model, "response_format is not supported");
    case "data-policy-404":
      return dataPolicyReply();
    case "guardrails-404":
      return guardrailsLeaveNoneReply();
    case "no-endpoints-404":
      return noEndpointsReply(`No endpoints found for ${model.id}.`);
    case "harness-403":
      return harnessOnlyReply(model);
    case "moderation-403":
      return moderationReply(model);
    case "guardrail-403":
      return guardrailReply();
    case "key-limit-403":
      return keyLimitReply(0.001, 0.001);
    case "unauthorized-401":
      return errorReply({ status: 401, message: "User not found." });
    case "insufficient-credits-402":
      return insufficientCreditsReply();
    default:
      return null;
  }
}

const FLOOD_BYTES = 64 * 1024 * 1024;

/** What a fault puts in the place of any answer, whatever it would have said; null for all others. */
export function interruption(fault: Fault): Reply | null {
  switch (fault.kind) {
    case "html-502":
      return { kind: "html", status: 502, html: "<html><body><h1>502 Bad Gateway</h1></body></html>" };
    case "error-in-200":
      return errorInside200(fault.code ?? 502);
    case "reset":
    case "hang":
      return { kind: fault.kind };
    default:
      return null;
  }
}

const TOOL_FAULTS: ReadonlySet<Fault["kind"]> = new Set([
  "malformed-tool-arguments",
  "empty-tool-arguments",
  "unknown-tool",
  "endless-tool-calls",
]);

/** True for a fault that needs a tool call to show itself. */
export function concernsTools(fault: Fault | undefined): boolean {
  return fault !== undefined && TOOL_FAULTS.has(fault.kind);
}

/** A good answer as a fault would spoil it. */
export function spoil(fault: Fault, completion: Completion, stream: boolean): Reply {
  const asIs = { kind: "completion", completion, stream } as const;
  const started = (tokens?: number) => ({ ...asIs, completion: firstTokens(completion, tokens) });
  switch (fault.kind) {
    case "stall":
      return {
        ...asIs,
        heartbeatMs: fault.ms,
        ...(fault.everyMs === undefined ? {} : { heartbeatEveryMs: fault.everyMs }),
      };
    case "sse-error":
      return stream
        ? { ...started(fault.afterTokens), breaks: { by: "error", choices: fault.choices ?? "one" } }
        : errorInside200(503);
    case "sse-cut":
      return { ...started(fault.afterTokens), breaks: { by: "cut" } };
    case "sse-no-finish":
      return { ...started(fault.afterTokens), breaks: { by: "no-finish" } };
    case "oversized-body":
    case "gzip-bomb": {
      const { bytes = FLOOD_BYTES } = fault;
      return { kind: "flood", completion, stream, bytes, gzip: fault.kind === "gzip-bomb" };
    }
    default:
      return interruption(fault) ?? { ...asIs, completion: spoilCompletion(fault, completion) };
  }
}

function errorInside200(code: number): ErrorReply {
  const reply = errorReply({ status: code, message: "Worker local total request limit reached (16/16)" });
  return { ...reply, status: 200 };
}
