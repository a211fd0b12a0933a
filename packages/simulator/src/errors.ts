import { type CatalogueModel, providerOf } from "./catalogue.ts";
import type { LimitHit } from "./limits.ts";
import type { ErrorReply } from "./reply.ts";

const USER_ID = "user_simulated";
const ROUTING_DOCS = "https://openrouter.ai/docs/guides/routing/provider-selection";

interface ErrorParts {
  status: number;
  message: string;
  metadata?: Record<string, unknown>;
  availability?: Record<string, unknown>;
  headers?: Record<string, string>;
}

/** An error in OpenRouter's envelope. */
export function errorReply({ status, message, metadata, availability, headers }: ErrorParts): ErrorReply {
  return {
    kind: "error",
    status,
    body: {
      error: {
        message,
        code: status,
        ...(metadata === undefined ? {} : { metadata }),
        ...(availability === undefined ? {} : { availability }),
      },
      user_id: USER_ID,
    },
    ...(headers === undefined ? {} : { headers }),
  };
}

/** 429 of the account limiter, with the `X-RateLimit` headers in the body and as headers. */
export function accountLimitReply(hit: LimitHit): ErrorReply {
  const headers = rateLimitHeaders(hit);
  const isMinute = hit.scope === "minute";
  return errorReply({
    status: 429,
    message: `Rate limit exceeded: ${accountLimitName(hit)}`,
    metadata: {
      headers,
      limit_source: isMinute ? "openrouter_free_tier_per_minute" : "openrouter_free_tier_daily",
      remedy_hint: isMinute
        ? "Wait for the next minute (see X-RateLimit-Reset)."
        : "Wait for the daily reset (see X-RateLimit-Reset), or purchase credits.",
      provider_name: null,
    },
    headers,
  });
}

function accountLimitName({ scope, limit }: LimitHit): string {
  if (scope === "minute") return "free-models-per-min. ";
  if (scope === "stealth-day") return "free-models-per-day-stealth. ";
  return limit >= 1000
    ? "free-models-per-day-high-balance. "
    : "free-models-per-day. Add 10 credits to unlock 1000 free model requests per day";
}

function rateLimitHeaders({ limit, resetAt }: { limit: number; resetAt?: number }): Record<string, string> {
  return {
    "X-RateLimit-Limit": String(limit),
    "X-RateLimit-Remaining": "0",
    ...(resetAt === undefined ? {} : { "X-RateLimit-Reset": String(resetAt) }),
  };
}

/** 429 from the provider's pool, which every OpenRouter user shares. */
export function upstreamBusyReply(model: CatalogueModel, retryAfterSeconds: number | undefined): ErrorReply {
  const hinted = retryAfterSeconds !== undefined;
  return errorReply({
    status: 429,
    message: "Provider returned error",
    metadata: {
      raw: `${model.id} is temporarily rate-limited upstream. Please retry shortly, or add your own key to accumulate your rate limits: https://openrouter.ai/settings/integrations`,
      provider_name: providerOf(model),
      is_byok: false,
      limit_source: "upstream_provider_shared_pool",
      remedy_hint: "Retry shortly, or use another model.",
      ...(hinted ? { retry_after_seconds: retryAfterSeconds } : {}),
    },
    ...(hinted ? { headers: { "Retry-After": String(retryAfterSeconds) } } : {}),
  });
}

/** A cap on one model; without `resetAt` the answer does not say when it ends. */
export type ModelCap = Pick<LimitHit, "scope" | "limit"> & { resetAt?: number };

/** 429 of a cap that OpenRouter puts on a single free endpoint, for the minute or for the day. */
export function modelCapReply(model: CatalogueModel, cap: ModelCap): ErrorReply {
  const slug = `${model.canonical_slug}/simulated`;
  const perMinute = `limit_rpm/${slug}. High demand for ${model.id} on OpenRouter - limited to ${cap.limit} requests per minute. Please retry shortly.`;
  const perDay = `limit_rpd/${slug}. Daily limit reached for ${model.id} via ${providerOf(model)}. Credits don't affect this cap.`;
  return errorReply({
    status: 429,
    message: `Rate limit exceeded: ${cap.scope === "minute" ? perMinute : perDay}`,
    metadata: {
      headers: rateLimitHeaders(cap),
      limit_source: "openrouter_shared_capacity",
      provider_name: null,
    },
  });
}

/** 429 of a model without free capacity, told by its `availability` alone. */
export function capacityReply(model: CatalogueModel, retryAfterSeconds: number): ErrorReply {
  return errorReply({
    status: 429,
    message: "Rate limit exceeded",
    metadata: { error_type: "rate_limit_exceeded", retry_after_seconds: retryAfterSeconds },
    availability: {
      code: "capacity_exhausted",
      retryable: true,
      retry_after: retryAfterSeconds,
      requested_models: [model.id],
      docs_url: ROUTING_DOCS,
    },
    headers: { "Retry-After": String(retryAfterSeconds) },
  });
}

/** 404 after a free variant ended; it names paid models, which nobody should follow. */
export function freeVariantEndedReply(model: CatalogueModel): ErrorReply {
  const paid = model.id.replace(/:free$/, "");
  return errorReply({
    status: 404,
    message: `This model is unavailable for free. The paid version is available now - use this slug instead: ${paid}`,
    availability: {
      code: "free_variant_ended",
      retryable: false,
      requested_models: [model.id],
      fallback_models: [paid],
      docs_url: ROUTING_DOCS,
    },
  });
}

/** 403 of the moderation in front of a model. */
export function moderationReply(model: CatalogueModel): ErrorReply {
  return errorReply({
    status: 403,
    message: `${model.id} requires moderation on ${providerOf(model)}. Your input was flagged.`,
    metadata: {
      reasons: ["violence"],
      flagged_input: "simulated flagged input",
      provider_name: providerOf(model),
      model_slug: model.canonical_slug,
    },
  });
}

/** 403 of an endpoint reserved for agentic harnesses. */
export function harnessOnlyReply(model: CatalogueModel): ErrorReply {
  return errorReply({
    status: 403,
    message: `${model.id} is only available on agentic harnesses. Try plugging it into a coding agent or productivity app listed on https://openrouter.ai/apps`,
    metadata: { failed_routing_step: "Gate Free Endpoints by Agentic Harness" },
  });
}

/** 404 of a routing step that left no endpoint. */
export function noEndpointsReply(message: string, failedStep?: string): ErrorReply {
  return errorReply({
    status: 404,
    message,
    ...(failedStep === undefined ? {} : { metadata: { failed_routing_step: failedStep } }),
  });
}

/** 400 for an id that is not in the catalogue. */
export function invalidModelReply(id: string): ErrorReply {
  return errorReply({ status: 400, message: `${id} is not a valid model ID` });
}

/** 402 for a priced model on an account without credits. */
export function insufficientCreditsReply(): ErrorReply {
  return errorReply({
    status: 402,
    message:
      "Insufficient credits. This account never purchased credits. Make sure your key is on the correct account or org, and if so, purchase more at https://openrouter.ai/settings/credits",
  });
}

/** 403 of a key whose spending limit is used up. */
export function keyLimitReply(limitUsd: number, spentUsd: number): ErrorReply {
  return errorReply({
    status: 403,
    message: "Key limit exceeded (total limit). Manage it using https://openrouter.ai/settings/keys",
    metadata: {
      limit_source: "openrouter_key_limit",
      scope: "key",
      limit_usd: limitUsd,
      spend_usd: spentUsd,
      resets_at: null,
    },
  });
}

/** 403 of a guardrail that found a prompt injection. */
export function guardrailReply(): ErrorReply {
  return errorReply({
    status: 403,
    message: "Request blocked: prompt injection patterns detected",
    metadata: { patterns: ["ignore all previous instructions"] },
  });
}

/** 404 for an account that forbids free endpoints which train on prompts. */
export function dataPolicyReply(): ErrorReply {
  return noEndpointsReply(
    "No endpoints found matching your data policy (Free model training). Configure: https://openrouter.ai/settings/privacy",
    "Filter by Data Policy",
  );
}

/** 404 for an account whose guardrails and privacy settings leave no endpoint, in the newer wording. */
export function guardrailsLeaveNoneReply(): ErrorReply {
  return errorReply({
    status: 404,
    message:
      "0 endpoints out of 1 requested are available matching your guardrail restrictions and data policy. We removed them for the following reasons: 1 by data policy. Configure: https://openrouter.ai/settings/privacy",
    metadata: {
      failed_routing_step: "Filter by Guardrails",
      input_endpoint_count: 1,
      ineligibility_reasons: [{ reason: "data_policy", endpoint_count: 1 }],
    },
  });
}

/** 400 of a provider that does not know a parameter; `raw` is its own answer. */
export function providerRefusalReply(model: CatalogueModel, parameter: string): ErrorReply {
  return errorReply({
    status: 400,
    message: "Provider returned error",
    metadata: {
      raw: JSON.stringify({ error: `${parameter} is not supported` }),
      provider_name: providerOf(model),
    },
  });
}

const HTTP_FAILURES: Record<number, { message: string; errorType: string | null }> = {
  408: { message: "Operation timed out. Please try again later.", errorType: "timeout" },
  500: { message: "Internal Server Error", errorType: null },
  502: { message: "Provider returned error", errorType: "provider_unavailable" },
  503: { message: "Service temporarily unavailable", errorType: "provider_overloaded" },
  504: { message: "The provider did not answer in time", errorType: "timeout" },
  524: { message: "Request timed out. Please try again later.", errorType: null },
  529: { message: "Provider returned error", errorType: "provider_overloaded" },
};

/** A plain failure of OpenRouter (500) or of the provider behind it. */
export function httpFailureReply(model: CatalogueModel, status: number): ErrorReply {
  const { message, errorType } = HTTP_FAILURES[status] ?? {
    message: "Provider returned error",
    errorType: null,
  };
  if (status === 500) return errorReply({ status, message });
  return errorReply({
    status,
    message,
    metadata: {
      provider_name: providerOf(model),
      ...(errorType === null ? {} : { error_type: errorType }),
    },
  });
}
