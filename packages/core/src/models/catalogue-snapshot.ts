import { type Catalogue, parseCatalogue } from "./catalogue.ts";

/** When the rows below were last held against the service. */
const SNAPSHOT_AT = Date.UTC(2026, 10, 22);

/** What a row says of a model besides its size: `t` tools, `r` response_format, `s` structured_outputs, `i` images. */
type Traits = string;

/** Free models as they were listed then: id, context and longest answer in tokens, traits. */
const ROWS: ReadonlyArray<readonly [id: string, context: number, output: number, traits: Traits]> = [
  ["qwen/qwen3.8-27b:free", 262_144, 65_536, "tsi"],
  ["nvidia/nemotron-3.5-lightning:free", 1_000_000, 65_536, "t"],
  ["nvidia/nemotron-3-ultra-550b-a55b:free", 1_000_000, 65_536, "t"],
  ["nvidia/nemotron-3-super-120b-a12b:free", 262_144, 235_929, "trs"],
  ["nvidia/nemotron-3-nano-omni-30b-a3b-reasoning:free", 256_000, 65_536, "ti"],
  ["google/gemma-4-31b-it:free", 262_144, 32_768, "tri"],
  ["google/gemma-4-26b-a4b-it:free", 262_144, 32_768, "tri"],
  ["poolside/laguna-s-2.1:free", 262_144, 32_768, "t"],
  ["poolside/laguna-xs-2.1:free", 262_144, 32_768, "t"],
  ["cohere/north-mini-code:free", 256_000, 64_000, "t"],
  ["dots-studio/dots-3-note-preview:free", 512_000, 460_800, "trsi"],
  ["liquid/lfm-2.5-2.6b:free", 65_536, 8_192, "trs"],
  ["openrouter/free", 200_000, 32_768, "trs"],
];

const PARAMETERS: Record<string, readonly string[]> = {
  t: ["tools", "tool_choice"],
  r: ["response_format"],
  s: ["structured_outputs"],
};

/**
 * The free models this release knows of, for a process that has never reached the server.
 *
 * It may be out of date: a model that has got a price since is refused by the server, because every request carries a
 * price limit of zero.
 */
export function catalogueSnapshot(): Catalogue {
  const data = ROWS.map(([id, context, output, traits]) => ({
    id,
    context_length: context,
    pricing: { prompt: "0", completion: "0" },
    architecture: {
      input_modalities: traits.includes("i") ? ["text", "image"] : ["text"],
      output_modalities: ["text"],
    },
    top_provider: { context_length: context, max_completion_tokens: output },
    supported_parameters: [
      "max_tokens",
      "temperature",
      ...[...traits].flatMap((trait) => PARAMETERS[trait] ?? []),
    ],
  }));
  return parseCatalogue({ data }, { fetchedAt: SNAPSHOT_AT, source: "snapshot" });
}
