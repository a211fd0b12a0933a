import { resolve } from "node:path";
import { SluiceError } from "@sluice/core";
import { positiveInteger } from "../command.ts";
import type { Layer, SettingValues } from "./settings.ts";

/** The environment variables of Sluice and the settings they carry. */
export const environmentNames = {
  apiKey: "OPENROUTER_API_KEY",
  baseUrl: "OPENROUTER_BASE_URL",
  redisUrl: "SLUICE_REDIS_URL",
  home: "SLUICE_HOME",
  concurrency: "SLUICE_CONCURRENCY",
  perMinute: "SLUICE_QUOTA_PER_MINUTE",
  perDay: "SLUICE_QUOTA_PER_DAY",
} as const satisfies Partial<Record<keyof SettingValues, string>>;

/** Variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the settings from variables; an empty one counts as not set.
 *
 * @param from where the variables come from, and the folder that a relative SLUICE_HOME counts from.
 * @throws SluiceError OPTION_INVALID for a number outside its rule.
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
  const { home, concurrency, perMinute, perDay, ...rest } = texts;
  return {
    source: from.source,
    values: {
      ...rest,
      ...(home !== undefined ? { home: resolve(from.folder, home) } : {}),
      ...(concurrency !== undefined ? { concurrency: numberOf("concurrency", concurrency) } : {}),
      ...(perMinute !== undefined ? { perMinute: numberOf("perMinute", perMinute) } : {}),
      ...(perDay !== undefined ? { perDay: numberOf("perDay", perDay) } : {}),
    },
  };
}

function numberOf(setting: keyof typeof environmentNames, given: string): number {
  try {
    return positiveInteger(given);
  } catch (cause) {
    const name = environmentNames[setting];
    throw new SluiceError("OPTION_INVALID", {
      message: `${name} is "${given}". It must be a whole number from 1.`,
      facts: { name },
      cause,
    });
  }
}
