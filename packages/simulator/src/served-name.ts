import type { CatalogueModel } from "./catalogue.ts";
import type { WireSettings } from "./settings.ts";

/** The model as answers name it, which often is not the id that was asked for. */
export function servedName(
  { id, canonical_slug: slug }: CatalogueModel,
  format: WireSettings["servedModelFormat"],
): string {
  if (format === "id") return id;
  return format === "canonical-free" && id.endsWith(":free") ? `${slug}:free` : slug;
}
