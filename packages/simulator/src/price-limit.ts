import type { CatalogueModel, Pricing } from "./catalogue.ts";
import type { ChatRequest } from "./chat-request.ts";

/** `provider.max_price`: prompt and completion in USD per million tokens, the others per unit. */
export type PriceLimit = NonNullable<NonNullable<ChatRequest["provider"]>["max_price"]>;

/** Which prices are limited, and how many of the listed units the limit speaks of. */
const LISTED_PER_UNIT = { prompt: 1_000_000, completion: 1_000_000, request: 1, image: 1 } as const;

type PriceName = keyof typeof LISTED_PER_UNIT;

const PRICE_NAMES: readonly PriceName[] = ["prompt", "completion", "request", "image"];

/**
 * True when a price of the model is not within the request's limit. A price with overrides counts at its
 * highest. A price that is unknown, or depends on what a router picks, is within no limit.
 */
export function exceedsPriceLimit(
  { pricing }: CatalogueModel,
  limit: PriceLimit,
  compare: "at-most" | "below",
): boolean {
  return PRICE_NAMES.some((name) => {
    const most = limit[name];
    if (most === undefined || most === null) return false;
    const price = pricing === undefined ? Number.NaN : highestPrice(pricing, name);
    return !(compare === "below" ? price < Number(most) : price <= Number(most));
  });
}

/** Free entries list the prices of prompt and completion alone; the others are zero then. */
function highestPrice({ overrides = [], ...base }: Pricing, name: PriceName): number {
  const listed = [base[name], ...overrides.map((override) => override[name])].map((price) =>
    Number(price ?? 0),
  );
  if (listed.some((price) => !(price >= 0))) return Number.NaN;
  // Nine digits are enough for every listed price, and hide what binary fractions add to it.
  return Number((Math.max(...listed) * LISTED_PER_UNIT[name]).toFixed(9));
}
