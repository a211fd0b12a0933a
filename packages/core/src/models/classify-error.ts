import { z } from "zod";
import type { ChatReply, ErrorBody } from "./chat.ts";
import type { WireFailureInit } from "./wire.ts";

/**
 * What a failure is, by whom it concerns: the account, one model, this request, or this answer.
 *
 * `detail` is a short text of ours or the server's message, shortened and without account ids; what it quotes of the
 * prompt is taken out where the prompt is known, see `prompt-echo.ts`.
 */
export type Failure =
  | { kind: "account-minute"; detail: string; resetAt?: number | undefined; limit?: number | undefined }
  | { kind: "account-day"; detail: string; resetAt?: number | undefined; limit?: number | undefined }
  | { kind: "model-busy"; detail: string; retryAfterMs?: number | undefined; perMinute?: number | undefined }
  | { kind: "model-day"; detail: string }
  | { kind: "model-gone"; detail: string }
  | { kind: "model-unfit"; detail: string }
  | { kind: "auth"; detail: string }
  | { kind: "money"; detail: string }
  | { kind: "model-priced"; detail: string }
  | { kind: "request-refused"; detail: string }
  | { kind: "network"; detail: string; neverLeft: boolean }
  | { kind: "empty-answer"; detail: string }
  | { kind: "cut-answer"; detail: string }
  | { kind: "invalid-answer"; detail: string };

/** The kinds of {@link Failure}. */
export type FailureKind = Failure["kind"];

type Facts = Omit<WireFailureInit, "cause">;

/** Judges a request that brought no usable reply, by status and the server's own fields; message text comes last. */
export function classifyFailure(facts: Facts): Failure {
  if (facts.kind === "network")
    return { kind: "network", detail: "no connection", neverLeft: facts.neverLeft ?? false };
  if (facts.kind === "timeout") return { kind: "model-busy", detail: "no answer in time" };
  if (facts.kind === "unreadable" && facts.status === 200)
    return { kind: "model-busy", detail: "unreadable reply" };
  return classifyStatus(facts.status ?? 500, facts);
}

/** Judges a reply of status 200; null when it holds a whole answer. */
export function classifyReply(reply: ChatReply): Failure | null {
  if (reply.error) return classifyStatus(statusOf(reply.error) ?? 502, { kind: "http", error: reply.error });
  const choice = reply.choices?.[0];
  if (!choice) return { kind: "model-busy", detail: "a reply without choices" };
  if (choice.error)
    return classifyStatus(statusOf(choice.error) ?? 502, { kind: "http", error: choice.error });
  if (choice.finish_reason === "error") return { kind: "model-busy", detail: "the provider broke off" };
  if (choice.finish_reason === "content_filter")
    return { kind: "model-unfit", detail: "the provider's filter stopped the answer" };
  if (choice.finish_reason === "length")
    return { kind: "cut-answer", detail: "the answer was cut at the output limit" };
  const { content, tool_calls: calls } = choice.message ?? {};
  if (!content?.trim() && !calls?.length) return { kind: "empty-answer", detail: "an empty answer" };
  return null;
}

function classifyStatus(status: number, facts: Facts): Failure {
  const detail = detailOf(status, facts.error);
  switch (status) {
    case 401:
      return { kind: "auth", detail };
    case 402:
      return { kind: "money", detail };
    case 403:
      return classifyForbidden(detail, metadataOf(facts.error));
    case 404:
      return classifyNotFound(detail, facts.error);
    case 429:
      return classifyRateLimit(detail, facts);
    case 400:
      return classifyBadRequest(detail, facts.error);
    case 413:
    case 422:
      return { kind: "request-refused", detail };
    default:
      return { kind: "model-busy", detail, retryAfterMs: retryAfterOf(facts) };
  }
}

function classifyForbidden(detail: string, metadata: Metadata): Failure {
  if (metadata.limit_source === "openrouter_key_limit" || /key limit exceeded/i.test(detail))
    return { kind: "money", detail };
  return { kind: "model-unfit", detail };
}

function classifyNotFound(detail: string, error: ErrorBody | undefined): Failure {
  const metadata = metadataOf(error);
  // The server's price guard fired: a priced model was asked for in spite of the gate.
  if (metadata.failed_routing_step === "Filter by Max Price" || /satisfy the max price/i.test(detail))
    return { kind: "model-priced", detail };
  const gone = ["model_deprecated", "free_variant_ended", "model_not_found"];
  if (gone.includes(error?.availability?.code ?? "")) return { kind: "model-gone", detail };
  if (/unavailable for free|no longer available as a free|free .* period has ended/i.test(detail))
    return { kind: "model-gone", detail };
  if (metadata.failed_routing_step && metadata.failed_routing_step !== "Filter by Fallback")
    return { kind: "model-unfit", detail };
  if (/no endpoints (found|available) (that|matching)|no allowed providers|data policy/i.test(detail))
    return { kind: "model-unfit", detail };
  // A bare "No endpoints found" is also what a passing upstream failure looks like.
  return { kind: "model-busy", detail };
}

function classifyBadRequest(detail: string, error: ErrorBody | undefined): Failure {
  if (/is not a valid model id/i.test(detail)) return { kind: "model-gone", detail };
  if (/models' array must have|no models provided|unrecognized key/i.test(detail))
    return { kind: "request-refused", detail };
  // Context overflow and a provider's own 400 concern this model; another may take the request.
  return {
    kind: metadataOf(error).error_type === "invalid_request" ? "request-refused" : "model-unfit",
    detail,
  };
}

function classifyRateLimit(detail: string, facts: Facts): Failure {
  const metadata = metadataOf(facts.error);
  const source = metadata.limit_source ?? "";
  const text = `${detail} ${metadata.raw ?? ""}`;
  const account = { detail, resetAt: resetOf(facts), limit: limitOf(facts) };
  if (/free-models-per-day-stealth/.test(text)) return { kind: "model-day", detail };
  if (source === "openrouter_free_tier_daily" || /free-models-per-day/.test(text))
    return { kind: "account-day", ...account };
  if (source === "openrouter_free_tier_per_minute" || /free-models-per-min/.test(text))
    return { kind: "account-minute", ...account };
  if (/limit_rpd\/|daily limit reached/i.test(text)) return { kind: "model-day", detail };
  const ofOneModel =
    source === "upstream_provider_shared_pool" ||
    source === "openrouter_shared_capacity" ||
    facts.error?.availability?.code === "capacity_exhausted" ||
    /limit_rpm\/|rate-limited upstream|high demand|provider returned error/i.test(text);
  if (ofOneModel) {
    // A cap of the model's own, told in words and sometimes in the header.
    const perMinute = Number(/limited to (\d+) requests per minute/i.exec(text)?.[1] ?? Number.NaN);
    return {
      kind: "model-busy",
      detail,
      retryAfterMs: retryAfterOf(facts),
      perMinute: Number.isInteger(perMinute) && perMinute > 0 ? perMinute : undefined,
    };
  }
  // An unknown 429 is taken for the account's: the worst mistake would be to walk the whole chain into it.
  return { kind: "account-minute", ...account };
}

const metadataSchema = z.looseObject({
  limit_source: z.string().optional().catch(undefined),
  error_type: z.string().optional().catch(undefined),
  failed_routing_step: z.string().optional().catch(undefined),
  raw: z.string().optional().catch(undefined),
  retry_after_seconds: z.number().optional().catch(undefined),
  headers: z
    .record(z.string(), z.union([z.string(), z.number()]))
    .optional()
    .catch(undefined),
});

type Metadata = z.infer<typeof metadataSchema>;

function metadataOf(error: ErrorBody | undefined): Metadata {
  return metadataSchema.safeParse(error?.metadata ?? {}).data ?? {};
}

function statusOf(error: ErrorBody): number | undefined {
  const status = Number(error.code);
  return Number.isInteger(status) && status >= 400 && status < 600 ? status : undefined;
}

/** The body is read first: whether these are also real HTTP headers differs between deployments. */
function headerOf(facts: Facts, name: string): number | undefined {
  const inBody = Object.entries(metadataOf(facts.error).headers ?? {}).find(
    ([key]) => key.toLowerCase() === name,
  )?.[1];
  const value = Number(inBody ?? facts.headers?.[name] ?? Number.NaN);
  return Number.isFinite(value) && value > 0 ? value : undefined;
}

const resetOf = (facts: Facts) => headerOf(facts, "x-ratelimit-reset");
const limitOf = (facts: Facts) => headerOf(facts, "x-ratelimit-limit");

function retryAfterOf(facts: Facts): number | undefined {
  const seconds =
    metadataOf(facts.error).retry_after_seconds ??
    facts.error?.availability?.retry_after ??
    headerOf(facts, "retry-after");
  return typeof seconds === "number" && seconds > 0 ? seconds * 1_000 : undefined;
}

const MAX_DETAIL_CHARS = 200;

/** An account's id says whose it is. */
const USER_ID = /\b(user|org)_\w{6,}/g;

function detailOf(status: number, error: ErrorBody | undefined): string {
  const message = (error?.message ?? "no message").replace(/\s+/g, " ").replace(USER_ID, "$1_***").trim();
  return `HTTP ${status}: ${message.slice(0, MAX_DETAIL_CHARS)}`;
}
