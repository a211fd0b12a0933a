import { z } from "zod";

const priceSchema = z.record(z.string(), z.unknown());

const catalogueModelSchema = z.looseObject({
  id: z.string(),
  canonical_slug: z.string().nullish(),
  context_length: z.number().nullish(),
  expiration_date: z.string().nullish(),
  alias_target: z.unknown().optional(),
  pricing: priceSchema.nullish(),
  architecture: z
    .looseObject({
      input_modalities: z.array(z.string()).nullish(),
      output_modalities: z.array(z.string()).nullish(),
    })
    .nullish(),
  top_provider: z
    .looseObject({
      context_length: z.number().nullish(),
      max_completion_tokens: z.number().nullish(),
      is_moderated: z.boolean().nullish(),
    })
    .nullish(),
  supported_parameters: z.array(z.string()).nullish(),
});

/** One entry of `GET /models`, with the fields that Sluice reads. */
export type CatalogueModel = z.infer<typeof catalogueModelSchema>;

const catalogueSchema = z.object({ data: z.array(z.unknown()) });

/** The models a server offers. */
export interface Catalogue {
  readonly models: ReadonlyMap<string, CatalogueModel>;
  /** When the server listed them, epoch milliseconds. */
  readonly fetchedAt: number;
  /** Read from the server now, kept from an earlier reading, or shipped with this release. */
  readonly source: "server" | "stored" | "snapshot";
}

/**
 * Reads a `GET /models` body. An entry of an unknown shape is left out: what cannot be read cannot be free.
 *
 * @throws ZodError when the body is no model list at all.
 */
export function parseCatalogue(body: unknown, from: Pick<Catalogue, "fetchedAt" | "source">): Catalogue {
  const models = new Map<string, CatalogueModel>();
  for (const entry of catalogueSchema.parse(body).data) {
    const model = catalogueModelSchema.safeParse(entry);
    if (model.success) models.set(model.data.id, model.data);
  }
  return { models, ...from };
}

/** What a model really gives as context, in tokens; 0 when the catalogue does not say. */
export function contextOf(model: CatalogueModel): number {
  return model.top_provider?.context_length ?? model.context_length ?? 0;
}

/** The longest answer a model gives, in tokens; its context when the catalogue does not say. */
export function outputLimitOf(model: CatalogueModel): number {
  return model.top_provider?.max_completion_tokens ?? contextOf(model);
}

/** True when the catalogue says that the model honours this request parameter. */
export function supports(model: CatalogueModel, parameter: string): boolean {
  return model.supported_parameters?.includes(parameter) ?? false;
}
