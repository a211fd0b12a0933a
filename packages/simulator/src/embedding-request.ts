import { z } from "zod";
import { providerPreferences } from "./chat-request.ts";
import { estimateTokens } from "./completion.ts";

const part = z.looseObject({ type: z.string(), text: z.string().optional() });

const tokenIds = z.array(z.int()).min(1);

const embeddingRequest = z.looseObject({
  model: z.string(),
  input: z.union([
    z.string().min(1),
    z.array(z.string().min(1)).min(1),
    tokenIds,
    z.array(tokenIds).min(1),
    z.array(z.looseObject({ content: z.array(part).min(1) })).min(1),
  ]),
  encoding_format: z.enum(["float", "base64"]).nullish(),
  dimensions: z.int().positive().nullish(),
  provider: providerPreferences.nullish(),
});

/** The parts of an embedding request that the simulator looks at; everything else is let through. */
export type EmbeddingRequest = z.infer<typeof embeddingRequest>;

/** One text to embed. */
export interface EmbeddingInput {
  text: string;
  tokens: number;
  hasImage: boolean;
}

/** Parses a request body; a string is the reason why it is refused. */
export function parseEmbeddingRequest(body: unknown): EmbeddingRequest | string {
  const parsed = embeddingRequest.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return `${issue?.path.join(".") || "body"}: ${issue?.message ?? "invalid"}`;
}

/** The texts of a request, whatever form they come in: one text, a list, token ids, or content parts. */
export function embeddingInputs({ input }: EmbeddingRequest): EmbeddingInput[] {
  if (typeof input === "string") return [textInput(input)];
  const ids = input.filter((item) => typeof item === "number");
  if (ids.length > 0) return [tokenInput(ids)];
  return input.flatMap((item) => {
    if (typeof item === "string") return [textInput(item)];
    if (typeof item === "number") return [];
    if (Array.isArray(item)) return [tokenInput(item)];
    const text = item.content.map((piece) => piece.text ?? "").join("\n");
    const hasImage = item.content.some(({ type }) => type === "image_url");
    return [{ ...textInput(text), hasImage }];
  });
}

function textInput(text: string): EmbeddingInput {
  return { text, tokens: estimateTokens(text), hasImage: false };
}

/** A token id stands for a word that nobody can read. */
function tokenInput(ids: readonly number[]): EmbeddingInput {
  return { text: ids.map((id) => `token${id}`).join(" "), tokens: ids.length, hasImage: false };
}
