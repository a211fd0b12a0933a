import type { Task } from "../models/profiles.ts";
import type { AnyPipeline } from "./pipeline.ts";

/** What `sluice.config.ts` exports by default. Environment variables and flags come before these values. */
export interface SluiceConfig {
  /** The pipelines that commands and workers know. Several versions of one name may stand side by side. */
  pipelines: readonly AnyPipeline[];
  /** Address of the server; default OpenRouter's own. Environment: OPENROUTER_BASE_URL. */
  baseUrl?: string | undefined;
  /** Redis to share queue and quota between machines; default the embedded store. Environment: SLUICE_REDIS_URL. */
  redisUrl?: string | undefined;
  /**
   * Accept that Redis keeps nothing, or not all, on disk, so that a restart of it loses runs; default false: said at the
   * start. Environment: SLUICE_EPHEMERAL=1. Flag: --ephemeral.
   */
  ephemeral?: boolean | undefined;
  /** Folder of the embedded store; default `.sluice`. Environment: SLUICE_HOME. */
  home?: string | undefined;
  /**
   * Answer from the offline simulator instead of a server: never (default), when no API key is set, or always.
   * Its answers are made from the documents by rules; no model is called. Flag: --simulate.
   */
  simulate?: "never" | "without-key" | "always" | undefined;
  /** Runs worked on at the same time; default 8. Environment: SLUICE_CONCURRENCY. */
  concurrency?: number | undefined;
  /**
   * Port on which a worker serves metrics and health to this machine; default none. Environment: SLUICE_METRICS_PORT.
   * Flag: --metrics-port.
   */
  metricsPort?: number | undefined;
  /** Models to ask first for a task, wherever they are free and fit; each id must end in ":free". */
  models?: Partial<Record<Task, readonly string[]>> | undefined;
  /**
   * For how long what is stored of finished runs is kept, in milliseconds since they finished; `sluice worker` removes
   * what is older once an hour. Inputs are the documents; a whole run takes everything with it, after which its document
   * is a new run. Results that were never exported stay, unless told so. Default: everything is kept.
   */
  retention?:
    | {
        inputsMs?: number | undefined;
        resultsMs?: number | undefined;
        runsMs?: number | undefined;
        includeUnexported?: boolean | undefined;
      }
    | undefined;
  /** Requests a minute and a UTC day; default learnt from the server. Environment: SLUICE_QUOTA_PER_MINUTE, …_PER_DAY. */
  quota?: { perMinute?: number | undefined; perDay?: number | undefined } | undefined;
}

/** Types a configuration; returns it as it is. */
export function defineConfig(config: SluiceConfig): SluiceConfig {
  return config;
}
