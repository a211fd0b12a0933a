import { resolve } from "node:path";
import { type AnyPipeline, hasPackedStep, OPENROUTER_BASE_URL, type SluiceConfig } from "@sluice/core";

/** The values a setting can have; see {@link SluiceConfig} and the table of environment variables in the guide. */
export interface SettingValues {
  apiKey: string;
  baseUrl: string;
  /** An empty text asks for the embedded store. */
  redisUrl: string;
  /** Whether it is accepted that a restart of Redis loses runs. */
  ephemeral: boolean;
  /** Absolute path. */
  home: string;
  simulate: "never" | "without-key" | "always";
  concurrency: number;
  metricsPort: number;
  perMinute: number;
  perDay: number;
  models: NonNullable<SluiceConfig["models"]>;
  retention: NonNullable<SluiceConfig["retention"]>;
}

/** Where a value comes from; an earlier one wins. */
export type Source = "command" | "flag" | "environment" | ".env" | "configuration" | "default";

/** What one source says. */
export interface Layer {
  source: Source;
  values: Partial<SettingValues>;
}

/** A value and where it comes from. */
interface Setting<T> {
  value: T;
  source: Source;
}

/** Every setting. An undefined value means that nothing sets it and that there is no fixed default. */
export interface Settings {
  apiKey: Setting<string | undefined>;
  baseUrl: Setting<string>;
  redisUrl: Setting<string | undefined>;
  ephemeral: Setting<boolean>;
  home: Setting<string>;
  simulate: Setting<SettingValues["simulate"]>;
  concurrency: Setting<number>;
  metricsPort: Setting<number | undefined>;
  perMinute: Setting<number | undefined>;
  perDay: Setting<number | undefined>;
  /** Preferred models by task. */
  models: Setting<SettingValues["models"]>;
  /** For how long what is stored of finished runs is kept. */
  retention: Setting<SettingValues["retention"]>;
}

const DEFAULT_CONCURRENCY = 8;

/** Runs at work that wait for company cost little, and only those at work can be asked together. */
const PACKED_CONCURRENCY = 128;

/** What the pipelines themselves suggest where nobody says anything. */
export function pipelineLayer(pipelines: readonly AnyPipeline[]): Layer {
  return {
    source: "default",
    values: pipelines.some(hasPackedStep) ? { concurrency: PACKED_CONCURRENCY } : {},
  };
}

/** Chooses each value from the first layer that has it. */
export function chooseSettings(layers: readonly Layer[], cwd: string): Settings {
  const pick = <K extends keyof SettingValues>(name: K): Setting<SettingValues[K]> | undefined => {
    for (const { source, values } of layers) {
      const value = values[name];
      if (value !== undefined) return { value, source };
    }
    return undefined;
  };
  const notSet = { value: undefined, source: "default" } as const;
  return {
    apiKey: pick("apiKey") ?? notSet,
    baseUrl: pick("baseUrl") ?? { value: OPENROUTER_BASE_URL, source: "default" },
    redisUrl: pick("redisUrl") ?? notSet,
    ephemeral: pick("ephemeral") ?? { value: false, source: "default" },
    home: pick("home") ?? { value: resolve(cwd, ".sluice"), source: "default" },
    simulate: pick("simulate") ?? { value: "never", source: "default" },
    concurrency: pick("concurrency") ?? { value: DEFAULT_CONCURRENCY, source: "default" },
    metricsPort: pick("metricsPort") ?? notSet,
    perMinute: pick("perMinute") ?? notSet,
    perDay: pick("perDay") ?? notSet,
    models: pick("models") ?? { value: {}, source: "default" },
    retention: pick("retention") ?? { value: {}, source: "default" },
  };
}

/** What the configuration file says; its relative paths count from its own folder. */
export function configurationLayer(config: SluiceConfig, folder: string): Layer {
  const { baseUrl, redisUrl, ephemeral, home, simulate, concurrency, metricsPort, quota, models, retention } =
    config;
  const values = {
    baseUrl,
    redisUrl,
    ephemeral,
    home: home === undefined ? undefined : resolve(folder, home),
    simulate,
    concurrency,
    metricsPort,
    perMinute: quota?.perMinute,
    perDay: quota?.perDay,
    models,
    retention,
  };
  return { source: "configuration", values: definedOnly(values) };
}

function definedOnly(
  values: { [K in keyof SettingValues]?: SettingValues[K] | undefined },
): Partial<SettingValues> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
