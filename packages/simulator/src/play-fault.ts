import type { CatalogueModel } from "./catalogue.ts";
import { type Completion, estimateTokens, type ToolCall } from "./completion.ts";
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

/** A fault that refuses the request before anything is generated, as an error; null for all others. */
export function faultRefusal(fault: Fault, model: CatalogueModel): ErrorReply | null {
  switch (fault.kind) {
    case "upstream-429":
      return upstreamBusyReply(model, fault.retryAfterSeconds);
    case "model-cap-429":
      return modelCapReply(model, { scope: "minute", limit: 8 });
    case "model-day-cap-429":
      return modelCapReply(model, { scope: "day", limit: 100 });
    case "capacity-429":
      return capacityReply(model, fault.retryAfterSeconds ?? 10);
    case "http":
      return httpFailureReply(model, fault.status);
    case "vanished":
      return freeVariantEndedReply(model);
    case "invalid-model-400":
      return invalidModelReply(model.id);
    case "provider-400":
      return providerRefusalReply(model, "response_format");
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

/** A good answer as a fault would spoil it. */
export function spoil(fault: Fault, completion: Completion, stream: boolean): Reply {
  const asIs = { kind: "completion", completion, stream } as const;
  switch (fault.kind) {
    case "html-502":
      return { kind: "html", status: 502, html: "<html><body><h1>502 Bad Gateway</h1></body></html>" };
    case "error-in-200":
      return errorInside200(fault.code ?? 502);
    case "reset":
    case "hang":
      return { kind: fault.kind };
    case "stall":
      return { ...asIs, heartbeatMs: fault.ms };
    case "sse-error":
      return stream
        ? { ...asIs, breaks: { by: "error", choices: fault.choices ?? "one" } }
        : errorInside200(503);
    case "sse-cut":
      return { ...asIs, breaks: { by: "cut" } };
    case "sse-no-finish":
      return { ...asIs, breaks: { by: "no-finish" } };
    case "oversized-body":
    case "gzip-bomb": {
      const { bytes = FLOOD_BYTES } = fault;
      return { kind: "flood", completion, stream, bytes, gzip: fault.kind === "gzip-bomb" };
    }
    default:
      return { ...asIs, completion: spoilCompletion(fault, completion) };
  }
}

function errorInside200(code: number): ErrorReply {
  const reply = errorReply({ status: code, message: "Worker local total request limit reached (16/16)" });
  return { ...reply, status: 200 };
}

function spoilCompletion(fault: Fault, completion: Completion): Completion {
  const text = completion.content ?? "";
  switch (fault.kind) {
    case "choice-error":
      return {
        ...withText(completion, firstPart(text)),
        finishReason: "error",
        error: {
          code: 502,
          message: "Upstream connection lost",
          metadata: { error_type: "provider_unavailable" },
        },
      };
    case "empty":
      return { ...withText(completion, ""), completionTokens: 0, reasoningTokens: 0 };
    case "reasoning-ate-budget":
      return eatBudget(completion);
    case "prose":
      return withText(completion, PROSE);
    case "truncated":
      return { ...withText(completion, firstPart(text)), finishReason: "length" };
    case "wrong-schema":
      return withText(completion, breakSchema(text));
    case "fenced":
      return withText(
        completion,
        `Sure! Here is the result you asked for:\n\n\`\`\`json\n${text}\n\`\`\`\n\nLet me know if anything is missing.`,
      );
    case "malformed-tool-arguments":
      return { ...completion, toolCalls: completion.toolCalls.map(withBrokenArguments) };
    case "cost":
      return { ...completion, cost: fault.cost };
    case "other-model":
      return { ...completion, model: fault.model };
    default:
      return completion;
  }
}

/** Arguments that stop before their closing brace. */
function withBrokenArguments(call: ToolCall): ToolCall {
  return { ...call, arguments: firstPart(call.arguments) };
}

const PROSE =
  "I read the document carefully. It covers several points, and I would be glad to go into any of them.";

function withText(completion: Completion, text: string): Completion {
  return {
    ...completion,
    content: text,
    toolCalls: [],
    finishReason: "stop",
    completionTokens: estimateTokens(text) + completion.reasoningTokens,
  };
}

function firstPart(text: string): string {
  return text.slice(0, Math.max(1, Math.floor(text.length * 0.6)));
}

/** An object with an unknown property only; an array where the answer was such an object already. */
function breakSchema(text: string): string {
  const broken = JSON.stringify({ unexpected: "This value does not follow the schema." });
  return text.trim() === "{}" ? "[]" : broken;
}

function eatBudget(completion: Completion): Completion {
  const reasoning = "First I should look at the document. It begins with a heading, so";
  const spent = Math.max(completion.completionTokens, estimateTokens(reasoning));
  return {
    ...completion,
    content: null,
    toolCalls: [],
    reasoning,
    finishReason: "length",
    completionTokens: spent,
    reasoningTokens: spent,
  };
}
