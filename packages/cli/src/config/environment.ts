import { resolve } from "node:path";
import { SluiceError } from "@sluice/core";
import { portNumber, positiveInteger } from "../command.ts";
import type { Layer, SettingValues } from "./settings.ts";

/** The environment variables of Sluice and the settings they carry. */
export const environmentNames = {
  apiKey: "OPENROUTER_API_KEY",
  baseUrl: "OPENROUTER_BASE_URL",
  redisUrl: "SLUICE_REDIS_URL",
  ephemeral: "SLUICE_EPHEMERAL",
  home: "SLUICE_HOME",
  concurrency: "SLUICE_CONCURRENCY",
  metricsPort: "SLUICE_METRICS_PORT",
  perMinute: "SLUICE_QUOTA_PER_MINUTE",
  perDay: "SLUICE_QUOTA_PER_DAY",
} as const satisfies Partial<Record<keyof SettingValues, string>>;

/** Variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the settings from variables; an empty one counts as not set.
 *
 * @param from where the variables come from, and the folder that a relative SLUICE_HOME counts from.
 * @throws SluiceError OPTION_INVALID for a value outside its rule.
 */
export function environmentLayer(
  variables: Environment,
  from: { source: "environment" | ".env"; folder: string },
): Layer {
  const texts: Partial<Record<keyof typeof environmentNames, string>> = {};
  for (const [setting, name] of Object.entries(environmentNames)) {
    const value = variables[name]?.trim();
    if (value) texts[setting as keyof typeof environmentNames] = value;
  }
  const { home, ephemeral, concurrency, metricsPort, perMinute, perDay, ...rest } = texts;
  return {
    source: from.source,
    values: {
      ...rest,
      ...(ephemeral !== undefined ? { ephemeral: isYes("ephemeral", ephemeral) } : {}),
      ...(home !== undefined ? { home: resolve(from.folder, home) } : {}),
      ...(concurrency !== undefined ? { concurrency: numberOf("concurrency", concurrency) } : {}),
      ...(metricsPort !== undefined ? { metricsPort: numberOf("metricsPort", metricsPort, portNumber) } : {}),
      ...(perMinute !== undefined ? { perMinute: numberOf("perMinute", perMinute) } : {}),
      ...(perDay !== undefined ? { perDay: numberOf("perDay", perDay) } : {}),
    },
  };
}

function isYes(setting: keyof typeof environmentNames, given: string): boolean {
  if (["1", "true"].includes(given)) return true;
  if (["0", "false"].includes(given)) return false;
  const name = environmentNames[setting];
  throw new SluiceError("OPTION_INVALID", {
    message: `${name} is "${given}". It must be 1 or 0.`,
    facts: { name },
  });
}

function numberOf(
  setting: keyof typeof environmentNames,
  given: string,
  read: (given: string) => number = positiveInteger,
): number {
  try {
    return read(given);
  } catch (cause) {
    const name = environmentNames[setting];
    const rule = cause instanceof Error ? cause.message : String(cause);
    throw new SluiceError("OPTION_INVALID", {
      message: `${name} is "${given}". ${rule}`,
      facts: { name },
      cause,
    });
  }
}
