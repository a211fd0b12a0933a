import { errorReply, missingKeyReply } from "../errors.ts";
import type { GenerationRecord } from "../generations.ts";
import { json, type Reply } from "../reply.ts";
import type { Exchange } from "./route.ts";

/** `GET /generation?id=`: what an answer used and cost, from ten seconds after it on. */
export function describeGeneration({ simulation, headers, query }: Exchange): Reply {
  if (!simulation.accepts(headers.authorization)) return missingKeyReply();
  const id = query.get("id");
  if (id === null) return errorReply({ status: 400, message: "Invalid request: id: missing" });
  const record = simulation.generations.find(id, simulation.now());
  if (record === undefined) return errorReply({ status: 404, message: `Generation ${id} not found` });
  return json({ data: wireGeneration(record) });
}

function wireGeneration(record: GenerationRecord): Record<string, unknown> {
  const { id, model, provider, streamed, finishReason, cost } = record;
  const durationMs = Math.max(0, record.completedAt - record.createdAt);
  return {
    id,
    model,
    provider_name: provider,
    api_type: record.apiType,
    created_at: new Date(record.createdAt).toISOString(),
    total_cost: cost,
    usage: cost,
    upstream_inference_cost: null,
    cache_discount: null,
    is_byok: false,
    cancelled: false,
    streamed,
    finish_reason: finishReason,
    native_finish_reason: finishReason,
    latency: durationMs,
    generation_time: durationMs,
    moderation_latency: null,
    tokens_prompt: record.promptTokens,
    tokens_completion: record.completionTokens,
    native_tokens_prompt: record.promptTokens,
    native_tokens_completion: record.completionTokens,
    native_tokens_reasoning: record.reasoningTokens,
    native_tokens_cached: 0,
    data_region: "global",
    origin: "",
    ...NOT_APPLICABLE,
  };
}

/** Fields of features the simulator does not play. */
const NOT_APPLICABLE = Object.fromEntries(
  [
    "app_id",
    "external_user",
    "http_referer",
    "native_tokens_completion_images",
    "num_fetches",
    "num_input_audio_prompt",
    "num_media_completion",
    "num_media_prompt",
    "num_search_results",
    "preset_id",
    "provider_responses",
    "request_id",
    "router",
    "service_tier",
    "session_id",
    "upstream_id",
    "user_agent",
    "web_search_engine",
    "workspace_id",
  ].map((field) => [field, null]),
);
