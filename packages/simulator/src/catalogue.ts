/** Prices as OpenRouter lists them: decimal strings in USD per token (or per unit for images and requests). */
export interface Pricing {
  prompt: string;
  completion: string;
  request?: string;
  image?: string;
  /** Other prices above a prompt size or inside a daily UTC window. */
  overrides?: ReadonlyArray<Readonly<Record<string, string | number>>>;
}

/** What the simulator does when this model is asked; never part of an answer. */
export interface SimulatedBehaviour {
  /** The provider named in answers and errors. Default: "Simulated". */
  provider?: string;
  /** Drops `response_format` silently, as many free models do. A schema in the prompt is still followed. */
  ignoresResponseFormat?: boolean;
  /** Answers 400 to a `json_schema` response format. */
  rejectsJsonSchema?: boolean;
  /** Answers 403 to every request, as models reserved for agentic harnesses do. */
  harnessOnly?: boolean;
  /** Closed by the account's privacy settings: 404 when asked, absent from `/models/user`. */
  privacyRestricted?: boolean;
  /** Requests a minute that the model takes from all users together (`limit_rpm`). Default: no cap. */
  perMinute?: number;
  /** Requests a UTC day that the model takes from all users together (`limit_rpd`). Default: no cap. */
  perDay?: number;
  /** Calls a tool in every answer as long as the request offers one, whatever the tools have answered. */
  neverStopsCalling?: boolean;
  /** Length of the vectors that an embedding model gives. Default 1,024. */
  dimensions?: number;
  /** A preview model that is free without `:free`, and counted in a day limit of its own. */
  stealth?: boolean;
}

/** One entry of `GET /models`, with the field names of the wire. */
export interface CatalogueModel {
  id: string;
  /** Dated name, shared by the free and the paid variant. */
  canonical_slug: string;
  name: string;
  /** Unix seconds. */
  created: number;
  description: string;
  /** Tokens. */
  context_length: number | null;
  architecture: {
    modality: string;
    input_modalities: string[];
    output_modalities: string[];
    tokenizer: string;
    instruct_type: string | null;
  };
  /** Absent on entries whose price is unknown. */
  pricing?: Pricing;
  top_provider: {
    context_length: number | null;
    max_completion_tokens: number | null;
    is_moderated: boolean;
  };
  supported_parameters: string[];
  /** `YYYY-MM-DD`, or null. */
  expiration_date: string | null;
  /** Set on aliases such as `~author/family-latest`. */
  alias_target?: { name: string; slug: string };
  /** How the simulator plays this model. */
  simulated?: SimulatedBehaviour;
}

/** The router that picks a free model by itself. */
export const FREE_ROUTER_ID = "openrouter/free";

/**
 * True when nothing about the entry can cost money: every price is zero and the output is text only, or
 * embeddings only.
 */
export function isFree(model: CatalogueModel): boolean {
  const isPlain = givesOnly(model, "text") || givesOnly(model, "embeddings");
  return isPlain && model.alias_target === undefined && hasOnlyZeroPrices(model.pricing);
}

/** True for a model of `POST /embeddings`, which no chat can ask. */
export function isEmbeddingModel(model: CatalogueModel): boolean {
  return givesOnly(model, "embeddings");
}

function givesOnly({ architecture }: CatalogueModel, output: string): boolean {
  const { output_modalities: outputs } = architecture;
  return outputs.length === 1 && outputs[0] === output;
}

function hasOnlyZeroPrices(pricing: Pricing | undefined): boolean {
  if (pricing === undefined) return false;
  const { overrides = [], ...base } = pricing;
  const overridden = overrides.flatMap((override) =>
    Object.entries(override)
      .filter(([name]) => !OVERRIDE_CONDITIONS.has(name))
      .map(([, price]) => price),
  );
  return [...Object.values(base), ...overridden].every((price) => Number(price) === 0);
}

const OVERRIDE_CONDITIONS = new Set(["min_prompt_tokens", "utc_days", "utc_start", "utc_end"]);

/** True from the first moment after the entry's expiration day (UTC). */
export function isExpired(model: CatalogueModel, now: number): boolean {
  return model.expiration_date !== null && now >= Date.parse(model.expiration_date) + 86_400_000;
}

/** The context the endpoint really gives, in tokens. */
export function contextTokens(model: CatalogueModel): number {
  return model.top_provider.context_length ?? model.context_length ?? 200_000;
}

/** The provider that serves the model, for bodies that name one. */
export function providerOf(model: CatalogueModel): string {
  return model.simulated?.provider ?? "Simulated";
}

/** True for a preview model, which is counted apart. */
export function isStealth(model: CatalogueModel): boolean {
  return model.simulated?.stealth === true;
}

/** USD for what has no usable price: a router's "-1", an image, a missing entry. */
const UNLISTED_USD = 0.04;

/** What an answer of this many tokens costs, in USD. */
export function costOf(model: CatalogueModel, promptTokens: number, completionTokens: number): number {
  if (isFree(model)) return 0;
  const { prompt, completion, request = "0" } = model.pricing ?? { prompt: "-1", completion: "-1" };
  const cost = Number(prompt) * promptTokens + Number(completion) * completionTokens + Number(request);
  return cost > 0 ? cost : UNLISTED_USD;
}
