import { z } from "zod";
import { SluiceError } from "../errors/sluice-error.ts";
import type { Catalogue, CatalogueModel } from "./catalogue.ts";

/** The one id without the suffix that is free: OpenRouter's router over its free models. */
export const FREE_ROUTER = "openrouter/free";

/** True for ids that may be free at all: `…:free` without a second suffix, or the free router. */
export function hasFreeId(id: string): boolean {
  return id === FREE_ROUTER || /^[^:@~\s]+\/[^:@~\s]+:free$/.test(id);
}

/** Refuses, before anything is asked of a server, an id that cannot be free. @throws SluiceError NOT_FREE */
export function assertFreeId(id: string, where: string): void {
  if (hasFreeId(id)) return;
  throw notFree(
    `The model id "${id}" in ${where} does not end in ":free", so it may cost money. Use a ":free" id from \`sluice models\`.`,
    id,
  );
}

/**
 * Why a model is not provably free now, or null when it is.
 *
 * Free means: a free id; every price and every price override is zero; text is all it puts out; it is no alias
 * and has not expired. A missing or unreadable price counts as a price.
 */
export function whyNotFree(model: CatalogueModel, now: number): string | null {
  if (!hasFreeId(model.id)) return 'its id does not end in ":free"';
  if (model.alias_target !== undefined && model.alias_target !== null) return "it is an alias";
  if (!model.pricing) return "it states no price";
  if (!("prompt" in model.pricing) || !("completion" in model.pricing))
    return "it states no prompt and completion price";
  if (!isZeroPriced(model.pricing)) return "it has a price above zero";
  const outputs = model.architecture?.output_modalities ?? [];
  if (outputs.length !== 1 || outputs[0] !== "text") return "its output is not text only";
  if (model.expiration_date && Date.parse(model.expiration_date) <= now) return "it has expired";
  return null;
}

/** The models of a catalogue that are provably free now. */
export function freeModels(catalogue: Catalogue, now: number): CatalogueModel[] {
  return [...catalogue.models.values()].filter((model) => whyNotFree(model, now) === null);
}

function isZeroPriced(price: unknown): boolean {
  if (Array.isArray(price)) return price.every(isZeroPriced);
  if (typeof price === "object" && price !== null) return Object.entries(price).every(isZeroField);
  return (
    (typeof price === "string" || typeof price === "number") &&
    String(price).trim() !== "" &&
    Number(price) === 0
  );
}

/** Overrides name when they apply beside what they cost; a discount lowers a price and never makes one. */
const NOT_PRICES = new Set(["discount", "min_prompt_tokens", "utc_start", "utc_end", "utc_days"]);

function isZeroField([name, value]: [string, unknown]): boolean {
  return NOT_PRICES.has(name) || value === null || isZeroPriced(value);
}

const contentSchema = z.union([
  z.string(),
  z.null(),
  z.array(z.looseObject({ type: z.enum(["text", "image_url"]) })),
]);

/** Every field a request may carry. A field that is not named here is refused, because it may cost money. */
const requestSchema = z.strictObject({
  model: z.string(),
  models: z.array(z.string()).max(3).optional(),
  messages: z.array(z.looseObject({ role: z.string(), content: contentSchema.optional() })),
  max_tokens: z.number().optional(),
  temperature: z.number().optional(),
  top_p: z.number().optional(),
  seed: z.number().optional(),
  stop: z.union([z.string(), z.array(z.string())]).optional(),
  response_format: z.looseObject({ type: z.enum(["text", "json_object", "json_schema"]) }).optional(),
  reasoning: z.looseObject({}).optional(),
  tools: z.array(z.looseObject({ type: z.literal("function") })).optional(),
  tool_choice: z.union([z.string(), z.looseObject({ type: z.literal("function") })]).optional(),
  parallel_tool_calls: z.boolean().optional(),
  stream: z.boolean().optional(),
  stream_options: z.looseObject({}).optional(),
  provider: z
    .strictObject({
      max_price: z.unknown().optional(),
      require_parameters: z.boolean().optional(),
      data_collection: z.string().optional(),
      only: z.array(z.string()).optional(),
      ignore: z.array(z.string()).optional(),
    })
    .optional(),
  plugins: z.array(z.strictObject({ id: z.literal("web"), enabled: z.literal(false) })).optional(),
});

/** Sent with every request: the server itself then refuses a priced model, and runs no paid search. */
const SERVER_SIDE_GUARDS = {
  max_price: { prompt: 0, completion: 0, request: 0, image: 0 },
  plugins: [{ id: "web", enabled: false }],
} as const;

/**
 * The gate: checks a request body as it is about to leave and returns it with the server-side guards added.
 *
 * Fails closed: whatever is not known to be free is refused.
 *
 * @throws SluiceError NOT_FREE; nothing has been sent then.
 */
export function guardRequest(body: unknown, catalogue: Catalogue, now: number): Record<string, unknown> {
  const request = requestSchema.safeParse(body);
  if (!request.success) {
    const paths = request.error.issues.map((issue) => [...issue.path, ...unknownKeys(issue)].join("."));
    throw notFree(
      `The request has parts that are not known to be free: ${paths.join(", ")}. Nothing was sent.`,
      paths.join(","),
    );
  }
  for (const id of [request.data.model, ...(request.data.models ?? [])]) {
    const model = catalogue.models.get(id);
    const why = model ? whyNotFree(model, now) : "the catalogue does not list it";
    if (why !== null) throw notFree(`The model "${id}" is not provably free: ${why}. Nothing was sent.`, id);
  }
  return {
    ...request.data,
    provider: { ...request.data.provider, max_price: SERVER_SIDE_GUARDS.max_price },
    plugins: SERVER_SIDE_GUARDS.plugins,
  };
}

function unknownKeys(issue: z.core.$ZodIssue): string[] {
  return issue.code === "unrecognized_keys" ? issue.keys : [];
}

function notFree(message: string, what: string): SluiceError {
  return new SluiceError("NOT_FREE", { message, facts: { what } });
}
