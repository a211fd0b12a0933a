import type { CatalogueModel } from "./catalogue.ts";
import type { Scenario } from "./faults.ts";
import type { PackShares } from "./packs/pack-faults.ts";

/** What `GET /key` says about the account besides the free requests of the day. */
export interface KeyUsage {
  /** USD spent before the simulator started. Default 0. */
  usage?: number;
  /** Spending limit of the key in USD; once it is spent, priced models answer 403. Default null: none. */
  limit?: number | null;
  /** Default: true unless `creditsUsd` says that credits were bought. */
  isFreeTier?: boolean;
  /** False plays an older deployment, whose answer lacks `free_model_daily_requests`. Default true. */
  reportsFreeRequests?: boolean;
}

/** How requests are counted against the account. */
export interface CountingOptions {
  /**
   * Requests the account may send to free models. Defaults: 20 a minute; 50 a day, or 1,000 when at least
   * 10 USD of credits were bought; 1,000 a day to stealth models, which are counted apart.
   */
  limits?: { perMinute?: number; perDay?: number; stealthPerDay?: number };
  /** Length of the minute window in milliseconds; shorter in tests. Default 60,000. */
  minuteMs?: number;
  /** Length of the day window in milliseconds; at the default it is the UTC day. Default 86,400,000. */
  dayMs?: number;
  /** Clock minutes, or any span of `minuteMs`. Observed is "fixed", the default. */
  windowKind?: "fixed" | "sliding";
  /** Whether a `models` array counts once, or once for each model that is tried. Default "request". */
  countMode?: "request" | "attempt";
  /** Whether requests that a limit refused count as well. Observed is true, the default. */
  countRejected?: boolean;
  /**
   * Whether requests for embeddings are counted with all others. When false they have counters of their own
   * under the same limits, and `GET /key` does not tell of them. Reports differ. Default true.
   */
  embeddingsShareBucket?: boolean;
  /** How old the answer of `GET /key` is, in milliseconds; about 60,000 on the real service. Default 0. */
  keyLagMs?: number;
}

/** Details of the wire which differ between reports or deployments. */
export interface WireOptions {
  /** Sends the `X-RateLimit` headers of the account's limits as HTTP headers, not in the body only. Default true. */
  rateHeadersInHttp?: boolean;
  /** Names the limiter in `metadata.limit_source`; older deployments did not. Default true. */
  limitSourcePresent?: boolean;
  /** Adds the `availability` block to the errors that have one. Default true. */
  availabilityBlock?: boolean;
  /** Gives `error.code` as a string. Default false. */
  errorCodeAsString?: boolean;
  /** How answers name the model: the id, its dated slug, or the slug with `:free`. Default "canonical-free". */
  servedModelFormat?: "id" | "canonical" | "canonical-free";
  /** The choices of the last chunk of a stream, which carries the usage: none, or an idle one. Default "empty". */
  usageChunkChoices?: "empty" | "one";
  /** Sends the comments `: OPENROUTER PROCESSING` in streams. Default true. */
  sseComments?: boolean;
  /**
   * Sends status 200 at once and whitespace (in streams: comments) while a good answer is awaited.
   * Default false: the status comes with the answer.
   */
  heartbeatWhitespace?: boolean;
  /** Looks at the account's limits before the routing funnel: 429 instead of 403 or 404. Default false. */
  limitsBeforeRouting?: boolean;
  /** Whether a price equal to `provider.max_price` passes; with "below" zero refuses free models too. Default "at-most". */
  priceCompare?: "at-most" | "below";
}

/** Options of a simulator. All are optional. */
export interface SimulatorOptions extends CountingOptions, WireOptions {
  /** TCP port on 127.0.0.1; 0 takes a free one. Default 0. */
  port?: number;
  /**
   * Current time in epoch milliseconds. Every window, reset, date and age comes from it; only the waits of
   * `latencyMs`, `latency` and the faults `slow` and `stall` pass in real time. Default `Date.now`.
   */
  clock?: () => number;
  /** How far the server's clock is ahead of `clock` (negative: behind), in milliseconds. Default 0. */
  clockOffsetMs?: number;
  /** Milliseconds before a chat completion is answered. Default 0. */
  latencyMs?: number;
  /** Random milliseconds on top of `latencyMs`, the same in every run with the same seed. Default seed: 1. */
  latency?: { minMs: number; maxMs: number; seed?: number };
  /** Models to serve. Default `testCatalogue()`. */
  catalogue?: CatalogueModel[];
  /** Faults scripted from the start. Default: none. */
  scenario?: Scenario;
  /** How often items of packed requests come back wrong; each field goes before the scenario's. Default: never. */
  packs?: PackShares;
  /** Keys that are accepted. Default: any non-empty bearer token. */
  apiKeys?: string[];
  /** What `GET /key` answers. */
  keyUsage?: KeyUsage;
  /**
   * Credits ever bought, in USD. What is left of them pays for priced models; below zero even free models
   * answer 402. Default: none were bought, and the account never gets into debt.
   */
  creditsUsd?: number;
  /** The account's settings add the billed web plugin to every request that does not disable it. Default false. */
  webPluginByDefault?: boolean;
  /** False keeps request bodies out of the journal, for long benchmarks. Default true. */
  keepBodies?: boolean;
}
