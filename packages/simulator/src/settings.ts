import type { Limits } from "./limits.ts";
import type { CountingOptions, SimulatorOptions, WireOptions } from "./options.ts";
import { seededRandom } from "./random.ts";

/** Details of the wire with their defaults filled in. */
export type WireSettings = Required<WireOptions>;

/** Credits in USD from which the account may send more requests a day. */
const HIGH_TIER_USD = 10;

/** The wire options with their defaults: as it was observed most often. */
export function wireSettings({
  rateHeadersInHttp = true,
  limitSourcePresent = true,
  availabilityBlock = true,
  errorCodeAsString = false,
  servedModelFormat = "canonical-free",
  usageChunkChoices = "empty",
  sseComments = true,
  heartbeatWhitespace = false,
  limitsBeforeRouting = false,
  priceCompare = "at-most",
}: WireOptions): WireSettings {
  return {
    rateHeadersInHttp,
    limitSourcePresent,
    availabilityBlock,
    errorCodeAsString,
    servedModelFormat,
    usageChunkChoices,
    sseComments,
    heartbeatWhitespace,
    limitsBeforeRouting,
    priceCompare,
  };
}

/** The account's limits with their defaults; the day's depends on the credits ever bought. */
export function accountLimits(options: CountingOptions, creditsUsd = 0): Limits {
  const { limits = {}, minuteMs = 60_000, dayMs = 86_400_000 } = options;
  const { windowKind = "fixed", countRejected = true } = options;
  const { perMinute = 20, perDay = creditsUsd >= HIGH_TIER_USD ? 1_000 : 50, stealthPerDay = 1_000 } = limits;
  return { perMinute, perDay, stealthPerDay, minuteMs, dayMs, windowKind, countRejected };
}

/** Draws the latency of one request after the other, in milliseconds. */
export function latencyDraws({ latencyMs = 0, latency }: SimulatorOptions): () => number {
  if (latency === undefined) return () => latencyMs;
  const { minMs, maxMs, seed = 1 } = latency;
  const draw = seededRandom(seed);
  return () => latencyMs + minMs + draw() * (maxMs - minMs);
}
