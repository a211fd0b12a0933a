import type { CatalogueModel } from "./catalogue.ts";
import type { ChatRequest } from "./chat-request.ts";

/** Parameters that a catalogue entry can list and a request can carry under the same name. */
const PARAMETERS = [
  "temperature",
  "top_p",
  "top_k",
  "min_p",
  "top_a",
  "frequency_penalty",
  "presence_penalty",
  "repetition_penalty",
  "logit_bias",
  "logprobs",
  "top_logprobs",
  "seed",
  "stop",
  "tool_choice",
  "parallel_tool_calls",
  "reasoning",
  "reasoning_effort",
  "include_reasoning",
  "verbosity",
] as const;

/** Parameters of the request which the model does not list; `provider.require_parameters` refuses it for them. */
export function unsupportedParameters(model: CatalogueModel, request: ChatRequest): string[] {
  const supported = new Set(model.supported_parameters);
  return wantedParameters(request).filter((name) => !supported.has(name));
}

function wantedParameters(request: ChatRequest): string[] {
  const sent = PARAMETERS.filter((name) => request[name] !== undefined && request[name] !== null);
  const { type = "text" } = request.response_format ?? {};
  if (type === "text") return sent;
  return [...sent, type === "json_schema" ? "structured_outputs" : "response_format"];
}
