import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseEnv } from "node:util";
import { type AnyPipeline, SluiceError } from "@sluice/core";
import { createRegistry, type Registry } from "@sluice/worker";
import type { Io } from "../io.ts";
import { findConfigFile, loadConfigFile } from "./config-file.ts";
import { environmentLayer } from "./environment.ts";
import {
  chooseSettings,
  configurationLayer,
  type Layer,
  pipelineLayer,
  type Settings,
  type SettingValues,
} from "./settings.ts";

/** The configuration as a command sees it. */
export interface Project {
  settings: Settings;
  /** Undefined when there is no configuration file. */
  configFile: string | undefined;
  pipelines: readonly AnyPipeline[];
}

/** What a command was told about the configuration. */
export interface ProjectOptions {
  /** From `--config`. */
  config?: string | undefined;
  /** From `--simulate`. */
  simulate?: boolean | undefined;
  /** From `--ephemeral`. */
  ephemeral?: boolean | undefined;
  /** From `--metrics-port`. */
  metricsPort?: number | undefined;
  /** What the command itself insists on, whatever anybody else says. */
  overrides?: Partial<SettingValues> | undefined;
}

/**
 * Reads flags, environment, `.env` beside the configuration file, and the configuration file itself.
 *
 * `.env` is read beside a configuration file only: any other folder may hold somebody else's documents.
 *
 * @throws SluiceError CONFIG_NOT_FOUND, CONFIG_INVALID or OPTION_INVALID.
 */
export async function loadProject(options: ProjectOptions, io: Pick<Io, "cwd" | "env">): Promise<Project> {
  const configFile = await findConfigFile(io.cwd, options.config);
  const layers: Layer[] = [
    { source: "flag", values: flagValues(options) },
    { source: "command", values: options.overrides ?? {} },
    environmentLayer(io.env, { source: "environment", folder: io.cwd }),
  ];
  if (configFile === undefined) {
    return { settings: chooseSettings(layers, io.cwd), configFile, pipelines: [] };
  }
  const folder = dirname(configFile);
  layers.push(environmentLayer(await readDotEnv(folder), { source: ".env", folder }));
  const config = await loadConfigFile(configFile);
  layers.push(configurationLayer(config, folder), pipelineLayer(config.pipelines));
  return { settings: chooseSettings(layers, io.cwd), configFile, pipelines: config.pipelines };
}

function flagValues({ simulate, ephemeral, metricsPort }: ProjectOptions): Partial<SettingValues> {
  return {
    ...(simulate ? { simulate: "always" } : {}),
    ...(ephemeral ? { ephemeral } : {}),
    ...(metricsPort !== undefined ? { metricsPort } : {}),
  };
}

/**
 * The pipelines of a project, for commands that cannot do without.
 *
 * @throws SluiceError CONFIG_NOT_FOUND when there is no configuration file.
 */
export function registryOf(project: Project, cwd: string): Registry {
  if (project.configFile !== undefined) return createRegistry(project.pipelines);
  throw new SluiceError("CONFIG_NOT_FOUND", {
    message: `There is no sluice.config.ts in ${cwd}. Go to the project's folder, name the file with --config FILE, or make a project with \`sluice init\`.`,
    facts: { cwd },
  });
}

async function readDotEnv(folder: string): Promise<Readonly<Record<string, string | undefined>>> {
  const path = join(folder, ".env");
  try {
    return parseEnv(await readFile(path, "utf8"));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return {};
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    throw new SluiceError("CONFIG_INVALID", {
      message: `${path} cannot be read (${reason}). Mend or remove it.`,
      facts: { path, reason },
      cause: error,
    });
  }
}
