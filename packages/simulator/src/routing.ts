import { type CatalogueModel, contextTokens, isExpired, isFree } from "./catalogue.ts";
import { type ChatRequest, forbidsPrices, hasImages, requestedOutputTokens } from "./chat-request.ts";
import {
  dataPolicyReply,
  errorReply,
  freeVariantEndedReply,
  harnessOnlyReply,
  insufficientCreditsReply,
  keyLimitReply,
  noEndpointsReply,
  providerRefusalReply,
} from "./errors.ts";
import type { ErrorReply } from "./reply.ts";

/** A request on its way to one model. */
export interface RoutingCase {
  model: CatalogueModel;
  request: ChatRequest;
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
  return refuseAccess(routing) ?? refuseFeatures(routing) ?? refusePrice(routing) ?? refuseSize(routing);
}

function refuseAccess({ model, ended, now }: RoutingCase): ErrorReply | null {
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
  if (request.provider?.require_parameters === true && !supportsFormat(request, supported)) {
    return noEndpointsReply(
      "No endpoints found that can handle the requested parameters. To learn more about provider routing, visit: https://openrouter.ai/docs/guides/routing/provider-selection",
      "Filter by Parameters",
    );
  }
  return null;
}

function supportsFormat(request: ChatRequest, supported: ReadonlySet<string>): boolean {
  const type = request.response_format?.type;
  if (type === undefined || type === "text") return true;
  return supported.has(type === "json_schema" ? "structured_outputs" : "response_format");
}

function refusePrice({ model, request, money, priceCompare }: RoutingCase): ErrorReply | null {
  const zeroOnly = forbidsPrices(request);
  if (isFree(model)) return zeroOnly && priceCompare === "below" ? maxPriceReply() : null;
  const { limitUsd, spentUsd, balanceUsd } = money;
  if (limitUsd !== null && spentUsd >= limitUsd) return keyLimitReply(limitUsd, spentUsd);
  if (zeroOnly) return maxPriceReply();
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

function refuseSize({ model, request, promptTokens }: RoutingCase): ErrorReply | null {
  if (model.simulated?.rejectsJsonSchema === true && request.response_format?.type === "json_schema") {
    return providerRefusalReply(model, "json_schema");
  }
  const limit = contextTokens(model);
  const output = requestedOutputTokens(request);
  if (promptTokens + output <= limit) return null;
  return errorReply({
    status: 400,
    message: `This endpoint's maximum context length is ${limit} tokens. However, you requested about ${promptTokens + output} tokens (${promptTokens} of text input, ${output} in the output). Please reduce the length of either one, or use the context-compression plugin to compress your prompt automatically.`,
    metadata: { error_type: "context_length_exceeded" },
  });
}
