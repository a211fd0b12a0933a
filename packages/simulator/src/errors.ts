import { type CatalogueModel, providerOf } from "./catalogue.ts";
import type { ErrorReply } from "./reply.ts";

const USER_ID = "user_simulated";
/** The page that errors of routing link to. */
export const ROUTING_DOCS = "https://openrouter.ai/docs/guides/routing/provider-selection";

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

/** 401 of a lookup without an accepted key. */
export function missingKeyReply(): ErrorReply {
  return errorReply({ status: 401, message: "No cookie auth credentials found" });
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

/** 400 for a model that another endpoint serves: an embedding model in a chat, or a chat model to embed. */
export function wrongEndpointReply(model: CatalogueModel, endpoint: "chat" | "embeddings"): ErrorReply {
  const [asked, right] =
    endpoint === "chat" ? ["/chat/completions", "/embeddings"] : ["/embeddings", "/chat/completions"];
  return errorReply({
    status: 400,
    message: `${model.id} cannot be used with ${asked}. Use ${right} instead.`,
    metadata: { error_type: "invalid_request" },
    availability: {
      code: "wrong_endpoint",
      retryable: false,
      requested_models: [model.id],
      docs_url: ROUTING_DOCS,
    },
  });
}

/** 400 of a provider that refuses the request; `raw` is its own answer. */
export function providerRefusalReply(model: CatalogueModel, reason: string): ErrorReply {
  return errorReply({
    status: 400,
    message: "Provider returned error",
    metadata: {
      raw: JSON.stringify({ error: reason }),
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
