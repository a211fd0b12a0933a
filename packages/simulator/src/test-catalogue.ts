import type { CatalogueModel, Pricing, SimulatedBehaviour } from "./catalogue.ts";

const FREE: Pricing = { prompt: "0", completion: "0" };
const BASE_PARAMETERS = ["include_reasoning", "max_tokens", "reasoning", "seed", "temperature", "top_p"];
const TOOLS = ["tool_choice", "tools"];
const JSON_MODE = ["response_format"];
const SCHEMA = ["structured_outputs"];

interface Entry {
  id: string;
  slug?: string;
  context: number;
  /** Output limit in tokens. */
  out?: number | null;
  supports?: string[][];
  input?: string[];
  output?: string[];
  pricing?: Pricing | undefined;
  moderated?: boolean;
  expires?: string;
  alias?: { name: string; slug: string };
  simulated?: SimulatedBehaviour;
}

/**
 * Free models as they were listed in autumn 2026, followed by the decoys a free-only client must refuse:
 * routers to paid models, free-looking audio and image models, a paid twin with the slug of a free model,
 * an alias, prices hidden in `request` and `overrides`, a missing price, an expired entry, and a preview
 * model that is free today without saying so in its id. Last come two free models for embeddings.
 */
export function testCatalogue(): CatalogueModel[] {
  return [...FREE_MODELS, ...DECOYS, ...EMBEDDING_MODELS].map(toModel);
}

/** The test catalogue together with older well-known free ids that people still put in their task tables. */
export function classicCatalogue(): CatalogueModel[] {
  return [...FREE_MODELS, ...CLASSICS, ...DECOYS, ...EMBEDDING_MODELS].map(toModel);
}

const FREE_MODELS: Entry[] = [
  {
    id: "qwen/qwen3.8-27b:free",
    slug: "qwen/qwen3.8-27b-20260814",
    context: 262_144,
    out: 65_536,
    supports: [TOOLS, SCHEMA],
    input: ["text", "image", "video"],
    simulated: { provider: "ModelRun" },
  },
  {
    id: "nvidia/nemotron-3.5-lightning:free",
    slug: "nvidia/nemotron-3.5-lightning-20260807",
    context: 1_000_000,
    out: 65_536,
    supports: [TOOLS],
    simulated: { provider: "Nvidia" },
  },
  {
    id: "nvidia/nemotron-3-ultra-550b-a55b:free",
    slug: "nvidia/nemotron-3-ultra-550b-a55b-20260604",
    context: 1_000_000,
    out: 65_536,
    supports: [TOOLS],
    simulated: { provider: "Nvidia" },
  },
  {
    id: "nvidia/nemotron-3-super-120b-a12b:free",
    slug: "nvidia/nemotron-3-super-120b-a12b-20230311",
    context: 262_144,
    out: 235_929,
    supports: [TOOLS, JSON_MODE, SCHEMA],
    simulated: { provider: "Nvidia" },
  },
  {
    id: "nvidia/nemotron-3-nano-omni-30b-a3b-reasoning:free",
    context: 256_000,
    out: 65_536,
    supports: [TOOLS],
    input: ["text", "image", "audio", "video"],
    simulated: { provider: "Nvidia" },
  },
  {
    id: "nvidia/nemotron-nano-9b-v2:free",
    context: 128_000,
    out: 128_000,
    supports: [TOOLS, JSON_MODE, SCHEMA],
    simulated: { provider: "Nvidia" },
  },
  {
    id: "nvidia/nemotron-3.5-content-safety:free",
    context: 128_000,
    out: 8_192,
    input: ["text", "image"],
    simulated: { provider: "Nvidia", ignoresResponseFormat: true },
  },
  {
    id: "google/gemma-4-31b-it:free",
    slug: "google/gemma-4-31b-it-20260402",
    context: 262_144,
    out: 32_768,
    supports: [TOOLS, JSON_MODE],
    input: ["text", "image", "video"],
    simulated: { provider: "Google AI Studio" },
  },
  {
    id: "google/gemma-4-26b-a4b-it:free",
    context: 262_144,
    out: 32_768,
    supports: [TOOLS, JSON_MODE, SCHEMA],
    input: ["text", "image", "video"],
    simulated: { provider: "Google AI Studio" },
  },
  {
    id: "poolside/laguna-s-2.1:free",
    slug: "poolside/laguna-s-2.1-20260720",
    context: 262_144,
    out: 32_768,
    supports: [TOOLS],
    simulated: { provider: "Poolside" },
  },
  {
    id: "poolside/laguna-xs-2.1:free",
    context: 262_144,
    out: 32_768,
    supports: [TOOLS],
    simulated: { provider: "Poolside" },
  },
  {
    id: "cohere/north-mini-code:free",
    slug: "cohere/north-mini-code-20260617",
    context: 256_000,
    out: 64_000,
    supports: [TOOLS],
    moderated: true,
    simulated: { provider: "Cohere", ignoresResponseFormat: true },
  },
  {
    id: "dots-studio/dots-3-note-preview:free",
    slug: "dots-studio/dots-3-note-preview-20260813",
    context: 512_000,
    out: 460_800,
    supports: [TOOLS, JSON_MODE, SCHEMA],
    input: ["text", "image"],
    simulated: { provider: "Dots Studio" },
  },
  {
    id: "inclusionai/ling-3.0-flash-sante:free",
    slug: "inclusionai/ling-3.0-flash-sante-20260904",
    context: 262_144,
    out: 32_768,
    supports: [TOOLS],
    simulated: { provider: "InclusionAI" },
  },
  {
    id: "inclusionai/ling-3.0-flash-fin:free",
    context: 262_144,
    out: 32_768,
    supports: [TOOLS],
    simulated: { provider: "InclusionAI", rejectsJsonSchema: true },
  },
  {
    id: "liquid/lfm-2.5-2.6b:free",
    slug: "liquid/lfm-2.5-2.6b-20260811",
    context: 65_536,
    out: 8_192,
    supports: [TOOLS, JSON_MODE, SCHEMA],
    simulated: { provider: "Liquid" },
  },
  { id: "nex-agi/nex-n2.5-pro:free", context: 262_144, out: null, supports: [TOOLS] },
  {
    id: "nex-agi/nex-n2.5-mini:free",
    context: 262_144,
    out: null,
    supports: [TOOLS],
    simulated: { privacyRestricted: true },
  },
  {
    id: "thinkingmachines/inkling:free",
    context: 1_048_576,
    out: 262_144,
    supports: [["tools"]],
    input: ["text", "image", "audio"],
    simulated: { harnessOnly: true },
  },
  {
    id: "openrouter/free",
    context: 200_000,
    out: null,
    supports: [TOOLS, JSON_MODE, SCHEMA],
    input: ["text", "image"],
  },
];

const CLASSICS: Entry[] = [
  { id: "meta-llama/llama-3.3-70b-instruct:free", context: 131_072, out: 16_384, supports: [TOOLS] },
  { id: "meta-llama/llama-3.1-405b-instruct:free", context: 131_072, out: 16_384, supports: [TOOLS] },
  { id: "deepseek/deepseek-r1-0528:free", context: 65_536, out: 16_384 },
  { id: "qwen/qwen-3-235b-a22b:free", context: 131_072, out: 16_384, supports: [TOOLS, JSON_MODE, SCHEMA] },
  { id: "mistralai/mistral-small-3.1-24b:free", context: 32_768, out: 8_192, supports: [TOOLS, JSON_MODE] },
  { id: "meta-llama/llama-3.2-3b-instruct:free", context: 131_072, out: 8_192 },
  { id: "google/gemma-3-4b-instruct:free", context: 8_192, out: 4_096, supports: [JSON_MODE] },
  { id: "mistralai/mistral-7b-instruct:free", context: 32_768, out: 8_192, supports: [TOOLS] },
  { id: "mistralai/devstral-2512:free", context: 262_144, out: 32_768, supports: [TOOLS, JSON_MODE, SCHEMA] },
  { id: "qwen/qwen-3-coder:free", context: 262_144, out: 32_768, supports: [TOOLS] },
];

const DECOYS: Entry[] = [
  { id: "openrouter/auto", context: 2_000_000, pricing: { prompt: "-1", completion: "-1" } },
  { id: "google/lyria-3-pro-preview", context: 32_768, output: ["text", "audio"] },
  { id: "bytedance-seed/seedream-5-0-lite", context: 32_768, output: ["text", "image"] },
  {
    id: "qwen/qwen3.8-27b",
    slug: "qwen/qwen3.8-27b-20260814",
    context: 262_144,
    supports: [TOOLS, SCHEMA],
    pricing: { prompt: "0.0000003", completion: "0.0000012" },
  },
  {
    id: "~z-ai/glm-latest",
    slug: "z-ai/glm-latest",
    context: 202_752,
    pricing: { prompt: "0.0000006", completion: "0.0000022" },
    alias: { name: "Z.AI: GLM 5.2", slug: "z-ai/glm-5.2" },
  },
  { id: "decoy/per-request:free", context: 131_072, pricing: { ...FREE, request: "0.02" } },
  {
    id: "decoy/night-rate:free",
    context: 131_072,
    pricing: { ...FREE, overrides: [{ utc_start: 600, utc_end: 2200, prompt: "0.0000005" }] },
  },
  { id: "decoy/unpriced:free", context: 131_072, pricing: undefined },
  { id: "inclusionai/ling-3.0-tiny:free", context: 131_072, expires: "2026-08-13" },
  {
    id: "stealth/space-bunny-alpha",
    context: 262_144,
    out: null,
    supports: [TOOLS],
    input: ["text", "image", "video"],
    simulated: { provider: "Stealth", stealth: true },
  },
];

/** Listed by `/embeddings/models` alone, unless the listing is asked for every output. */
const EMBEDDING_MODELS: Entry[] = [
  {
    id: "nvidia/llama-nemotron-embed-vl-1b-v2:free",
    context: 8_192,
    out: null,
    input: ["text", "image"],
    output: ["embeddings"],
    simulated: { provider: "Nvidia", dimensions: 2_048 },
  },
  {
    id: "liquid/lfm-2.5-embedding-350m:free",
    context: 512,
    out: null,
    output: ["embeddings"],
    simulated: { provider: "Liquid", dimensions: 1_024 },
  },
];

function toModel(entry: Entry): CatalogueModel {
  const { id, context, out = 32_768, input = ["text"], output = ["text"] } = entry;
  const pricing = "pricing" in entry ? entry.pricing : FREE;
  return {
    id,
    canonical_slug: entry.slug ?? id.replace(/:free$/, ""),
    name: displayName(id),
    created: 1_780_000_000,
    description: `Simulated entry for ${id}.`,
    context_length: context,
    architecture: {
      modality: `${input.join("+")}->${output.join("+")}`,
      input_modalities: [...input],
      output_modalities: [...output],
      tokenizer: "Other",
      instruct_type: null,
    },
    ...(pricing === undefined ? {} : { pricing: structuredClone(pricing) }),
    top_provider: topProvider(entry, out),
    supported_parameters: output.includes("embeddings")
      ? []
      : [...BASE_PARAMETERS, ...(entry.supports ?? []).flat()].sort(),
    expiration_date: entry.expires ?? null,
    ...(entry.alias === undefined ? {} : { alias_target: { ...entry.alias } }),
    ...(entry.simulated === undefined ? {} : { simulated: { ...entry.simulated } }),
  };
}

/** The free router's endpoint limits are unknown until it has chosen, so they are listed as null. */
function topProvider(entry: Entry, out: number | null): CatalogueModel["top_provider"] {
  const isRouter = entry.id.startsWith("openrouter/");
  return {
    context_length: isRouter ? null : entry.context,
    max_completion_tokens: isRouter ? null : out,
    is_moderated: entry.moderated ?? false,
  };
}

function displayName(id: string): string {
  const [author = "", name = ""] = id.replace(/^~/, "").split("/");
  return `${author}: ${name.replace(/:free$/, " (free)")}`;
}
