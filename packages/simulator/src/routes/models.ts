import { type CatalogueModel, isEmbeddingModel, isExpired } from "../catalogue.ts";
import { errorReply, missingKeyReply } from "../errors.ts";
import { json, type Reply } from "../reply.ts";
import { wireEndpoints, wireModel } from "../wire-model.ts";
import type { Exchange } from "./route.ts";

/** `GET /models`: the catalogue, with the filters a free-only client uses. */
export function listModels({ simulation, query }: Exchange): Reply {
  return page(simulation.listing.listed(simulation.now()).filter(modelFilter(query)), query);
}

/** `GET /models/user`: only what the account's settings allow. */
export function listUserModels({ simulation, query, headers }: Exchange): Reply {
  if (!simulation.accepts(headers.authorization)) return missingKeyReply();
  const matches = modelFilter(query);
  const now = simulation.now();
  const usable = (model: CatalogueModel) =>
    model.simulated?.privacyRestricted !== true && !isExpired(model, now) && matches(model);
  return page(simulation.listing.listed(now).filter(usable), query);
}

/** `GET /embeddings/models`: the models that the default listing leaves out. */
export function listEmbeddingModels({ simulation, query }: Exchange): Reply {
  return page(simulation.listing.listed(simulation.now()).filter(isEmbeddingModel), query);
}

/** `GET /models/{author}/{slug}/endpoints`: of one model by its id, or of all that share a dated slug. */
export function listEndpoints({ simulation, entry }: Exchange): Reply {
  const slug = decodeURIComponent(entry.path.slice(MODELS_PATH.length, -"/endpoints".length));
  const listed = simulation.listing.listed(simulation.now());
  const named = listed.filter(({ id }) => id === slug);
  const [first, ...others] =
    named.length > 0 ? named : listed.filter((model) => model.canonical_slug === slug);
  if (first !== undefined) return json({ data: wireEndpoints([first, ...others]) });
  return errorReply({ status: 404, message: `Model ${slug} does not exist` });
}

const MODELS_PATH = "/api/v1/models/";

function page(models: readonly CatalogueModel[], query: URLSearchParams): Reply {
  const offset = Number(query.get("offset") ?? 0);
  const limit = Number(query.get("limit") ?? models.length);
  return json({
    data: models.slice(offset, offset + limit).map(wireModel),
    total_count: models.length,
    links: { next: null },
  });
}

function modelFilter(query: URLSearchParams): (model: CatalogueModel) => boolean {
  const parameters = listOf(query, "supported_parameters");
  const outputs = query.has("output_modalities") ? listOf(query, "output_modalities") : ["text"];
  const maxPrice = query.get("max_price");
  return (model) =>
    parameters.every((name) => model.supported_parameters.includes(name)) &&
    (outputs.includes("all") ||
      outputs.every((name) => model.architecture.output_modalities.includes(name))) &&
    (maxPrice === null || isWithinPrice(model, Number(maxPrice)));
}

/** Routers are left out of price filters, the free one included. */
function isWithinPrice(model: CatalogueModel, dollarsPerMillion: number): boolean {
  const prompt = Number(model.pricing?.prompt ?? Number.NaN);
  return !model.id.startsWith("openrouter/") && prompt >= 0 && prompt * 1_000_000 <= dollarsPerMillion;
}

function listOf(query: URLSearchParams, name: string): string[] {
  return (query.get(name) ?? "").split(",").filter((item) => item !== "");
}
