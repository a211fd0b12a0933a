import { type CatalogueModel, providerOf } from "./catalogue.ts";
import { errorReply, ROUTING_DOCS } from "./errors.ts";
import type { LimitHit } from "./limits.ts";
import type { ErrorReply } from "./reply.ts";

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
