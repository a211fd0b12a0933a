import { assertFreeId } from "../free-only.ts";
import type { AsksModels } from "../model-layer.ts";
import type { CallContext } from "../model-request.ts";
import { RequestMeter } from "../request-meter.ts";
import { LayerChat, type LayerChatOptions } from "./layer-chat.ts";

/** Options of {@link chatModel}. */
export interface ChatModelOptions
  extends Partial<Omit<LayerChatOptions, "layer" | "call">>,
    Omit<CallContext, "meter"> {
  /** Counts the requests and holds them to a budget. Default: a meter of this chat model's own, without a limit. */
  meter?: RequestMeter | undefined;
}

/**
 * A LangChain chat model that asks free models only, with Sluice's cache, quota, choice of models and repairs.
 *
 * ```ts
 * const chat = chatModel(openRouter({ apiKey }));
 * const agent = createAgent({ model: chat, tools });
 * ```
 *
 * Errors of Sluice reach the caller as they are; beneath middleware of LangChain's, `unwrapLayerError` finds them.
 *
 * @throws SluiceError NOT_FREE for a model id that may cost money.
 */
export function chatModel(models: AsksModels, options: ChatModelOptions = {}): LayerChat {
  const { task = "auto", models: ids, temperature, maxOutputTokens, maxRepairs, cache, ...call } = options;
  for (const id of ids ?? []) assertFreeId(id, "`models` of chatModel()");
  return new LayerChat({
    layer: models,
    call: { ...call, meter: call.meter ?? new RequestMeter({ budget: Number.POSITIVE_INFINITY }) },
    task,
    models: ids,
    temperature,
    maxOutputTokens,
    maxRepairs,
    cache,
  });
}
