import { type CatalogueModel, providerOf } from "./catalogue.ts";

/** A catalogue entry as `GET /models` gives it: without the simulator's own notes, with the fields nobody sets. */
export function wireModel(model: CatalogueModel): Record<string, unknown> {
  const { simulated: _, ...entry } = model;
  return {
    ...entry,
    hugging_face_id: null,
    knowledge_cutoff: null,
    per_request_limits: null,
    default_parameters: null,
    supported_voices: null,
    links: { details: `/api/v1/models/${model.canonical_slug}/endpoints` },
  };
}

/** The `data` of `GET /models/{author}/{slug}/endpoints`: all given models share the slug. */
export function wireEndpoints(
  models: readonly [CatalogueModel, ...CatalogueModel[]],
): Record<string, unknown> {
  const [{ id, name, created, description, architecture }] = models;
  return { id, name, created, description, architecture, endpoints: models.map(wireEndpoint) };
}

/** The simulated provider has no history, so that nothing is known of latency, throughput and uptime. */
function wireEndpoint(model: CatalogueModel): Record<string, unknown> {
  const choosesTools = model.supported_parameters.includes("tool_choice");
  const { context_length, max_completion_tokens } = model.top_provider;
  return {
    name: `${providerOf(model)} | ${model.id}`,
    model_id: model.id,
    model_name: model.name,
    provider_name: providerOf(model),
    tag: providerOf(model).toLowerCase().replaceAll(" ", "-"),
    context_length: context_length ?? model.context_length,
    max_completion_tokens,
    max_prompt_tokens: null,
    pricing: model.pricing,
    quantization: null,
    status: 0,
    supported_parameters: model.supported_parameters,
    supports_implicit_caching: false,
    supports_tool_choice: {
      none: choosesTools,
      auto: choosesTools,
      required: choosesTools,
      function: choosesTools,
    },
    uptime_last_5m: null,
    uptime_last_30m: null,
    uptime_last_1d: null,
    latency_last_30m: null,
    throughput_last_30m: null,
  };
}
