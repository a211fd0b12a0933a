import { type CatalogueModel, providerOf } from "./catalogue.ts";
import type { ChatRequest } from "./chat-request.ts";

/** A provider preference of the request that shuts the model's only provider out, or null. */
export function excludedBy(model: CatalogueModel, { provider }: ChatRequest): ProviderExclusion | null {
  const names = new Set([nameKey(providerOf(model))]);
  const isServedBy = (list: readonly string[]) => list.some((name) => names.has(nameKey(name)));
  const { only, ignore, order, allow_fallbacks: allowFallbacks } = provider ?? {};
  if (only && !isServedBy(only)) return { preference: "provider.only", providers: only };
  if (ignore && isServedBy(ignore)) return { preference: "provider.ignore", providers: ignore };
  if (order && allowFallbacks === false && !isServedBy(order)) {
    return { preference: "provider.order", providers: order };
  }
  return null;
}

/** Why no provider is left. */
export interface ProviderExclusion {
  preference: "provider.only" | "provider.ignore" | "provider.order";
  /** The providers that the preference names. */
  providers: readonly string[];
}

/** Providers go by name or by slug: "Google AI Studio" is "google-ai-studio". */
function nameKey(name: string): string {
  return name.toLowerCase().replaceAll(" ", "-");
}
