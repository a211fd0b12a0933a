import type { CatalogueModel } from "./catalogue.ts";
import type { Scenario } from "./faults.ts";

/** What `GET /key` says about the account besides the free requests of the day. */
export interface KeyUsage {
  /** USD spent before the simulator started. Default 0. */
  usage?: number;
  /** Spending limit of the key in USD; null means none. Default null. */
  limit?: number | null;
  /** Default true. */
  isFreeTier?: boolean;
  /** False plays an older deployment, whose answer lacks `free_model_daily_requests`. Default true. */
  reportsFreeRequests?: boolean;
}

/** Options of a simulator. All are optional. */
export interface SimulatorOptions {
  /** TCP port on 127.0.0.1; 0 takes a free one. Default 0. */
  port?: number;
  /** Requests the account may send to free models. Defaults: 20 a minute, 50 a day. */
  limits?: { perMinute?: number; perDay?: number };
  /** Length of the minute window in milliseconds; shorter in tests. Default 60,000. */
  minuteMs?: number;
  /** Length of the day window in milliseconds; at the default it is the UTC day. Default 86,400,000. */
  dayMs?: number;
  /** Current time in epoch milliseconds. Default `Date.now`. */
  clock?: () => number;
  /** Milliseconds before a chat completion is answered. Default 0. */
  latencyMs?: number;
  /** Models to serve. Default `testCatalogue()`. */
  catalogue?: CatalogueModel[];
  /** Faults scripted from the start. Default: none. */
  scenario?: Scenario;
  /** Keys that are accepted. Default: any non-empty bearer token. */
  apiKeys?: string[];
  /** What `GET /key` answers. */
  keyUsage?: KeyUsage;
  /** False keeps request bodies out of the journal, for long benchmarks. Default true. */
  keepBodies?: boolean;
}
