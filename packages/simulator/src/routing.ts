import {
  type CatalogueModel,
  contextTokens,
  isEmbeddingModel,
  isExpired,
  isFree,
  providerOf,
} from "./catalogue.ts";
import { type ChatRequest, hasImages, requestedOutputTokens } from "./chat-request.ts";
import {
  dataPolicyReply,
  errorReply,
  freeVariantEndedReply,
  harnessOnlyReply,
  insufficientCreditsReply,
  keyLimitReply,
  noEndpointsReply,
  providerRefusalReply,
  wrongEndpointReply,
} from "./errors.ts";
import { exceedsPriceLimit } from "./price-limit.ts";
import { excludedBy, type ProviderExclusion } from "./provider-choice.ts";
import type { ErrorReply } from "./reply.ts";
import { unsupportedParameters } from "./required-parameters.ts";
import { wrongToolUse } from "./tool-use.ts";

/** A request on its way to one model. */
export interface RoutingCase {
  model: CatalogueModel;
  request: ChatRequest;
  /** What the request was sent to. */
  endpoint: "chat" | "embeddings";
  promptTokens: number;
  /** The free variant ended while the simulator ran. */
  ended: boolean;
  /** What the key may still pay for. */
  money: { limitUsd: number | null; spentUsd: number; balanceUsd: number };
  priceCompare: "at-most" | "below";
  /** Epoch ms. */
  now: number;
}

/** The routing funnel, in OpenRouter's order. Returns the refusal, or null when an endpoint is left. */
export function refuseRoute(routing: RoutingCase): ErrorReply | null {
  return (
    refuseAccess(routing) ??
    refuseFeatures(routing) ??
    refusePrice(routing) ??
    refuseProvider(routing) ??
    refuseSize(routing)
  );
}

function refuseAccess({ model, endpoint, ended, now }: RoutingCase): ErrorReply | null {
  if (isEmbeddingModel(model) !== (endpoint === "embeddings")) return wrongEndpointReply(model, endpoint);
  if (ended || isExpired(model, now)) return freeVariantEndedReply(model);
  if (model.simulated?.harnessOnly === true) return harnessOnlyReply(model);
  return model.simulated?.privacyRestricted === true ? dataPolicyReply() : null;
}

function refuseFeatures({ model, request }: RoutingCase): ErrorReply | null {
  const supported = new Set(model.supported_parameters);
  if (hasImages(request) && !model.architecture.input_modalities.includes("image")) {
    return noEndpointsReply("No endpoints found that support image input", "Filter by Image Support");
  }
  const [firstTool] = request.tools ?? [];
  if (firstTool !== undefined && !supported.has("tools")) {
    const name = firstTool.function?.name ?? firstTool.type;
    return noEndpointsReply(
      `No endpoints found that support tool use. Try disabling "${name}". To learn more about provider routing, visit: https://openrouter.ai/docs/guides/routing/provider-selection`,
      "Filter by Tool Compatibility",
    );
  }
  if (request.provider?.require_parameters === true && unsupportedParameters(model, request).length > 0) {
    return noEndpointsReply(
      "No endpoints found that can handle the requested parameters. To learn more about provider routing, visit: https://openrouter.ai/docs/guides/routing/provider-selection",
      "Filter by Parameters",
    );
  }
  return null;
}

function refusePrice({ model, request, money, priceCompare }: RoutingCase): ErrorReply | null {
  const { max_price: limit } = request.provider ?? {};
  const tooDear = limit !== undefined && limit !== null && exceedsPriceLimit(model, limit, priceCompare);
  if (isFree(model)) return tooDear ? maxPriceReply() : null;
  const { limitUsd, spentUsd, balanceUsd } = money;
  if (limitUsd !== null && spentUsd >= limitUsd) return keyLimitReply(limitUsd, spentUsd);
  if (tooDear) return maxPriceReply();
  return balanceUsd > 0 ? null : insufficientCreditsReply();
}

function maxPriceReply(): ErrorReply {
  return errorReply({
    status: 404,
    message: "No endpoints found that satisfy the max price for this request",
    metadata: {
      failed_routing_step: "Filter by Max Price",
      routing_funnel: [
        { step: "Initial Endpoints", endpoint_count: 1 },
        { step: "Filter by Max Price", endpoint_count: 0 },
      ],
    },
  });
}

function refuseProvider({ model, request }: RoutingCase): ErrorReply | null {
  const exclusion = excludedBy(model, request);
  return exclusion === null ? null : noProviderReply(model, exclusion);
}

function noProviderReply(model: CatalogueModel, { preference, providers }: ProviderExclusion): ErrorReply {
  const effect = preference === "provider.ignore" ? "excludes" : "permits only";
  return noEndpointsReply(
    `No allowed providers are available for the selected model. Providers serving ${model.id}: ${providerOf(model)}, but your request's ${preference} preference ${effect}: ${providers.join(", ")}.`,
    "Filter by Allowed Providers",
  );
}

function refuseSize({ model, request, promptTokens }: RoutingCase): ErrorReply | null {
  if (model.simulated?.rejectsJsonSchema === true && request.response_format?.type === "json_schema") {
    return providerRefusalReply(model, "json_schema is not supported");
  }
  const wrong = wrongToolUse(request);
  if (wrong !== null) return providerRefusalReply(model, wrong);
  const limit = contextTokens(model);
  const output = requestedOutputTokens(request);
  if (promptTokens + output <= limit) return null;
  return errorReply({
    status: 400,
    message: `This endpoint's maximum context length is ${limit} tokens. However, you requested about ${promptTokens + output} tokens (${promptTokens} of text input, ${output} in the output). Please reduce the length of either one, or use the context-compression plugin to compress your prompt automatically.`,
    metadata: { error_type: "context_length_exceeded" },
  });
}
