import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import * as core from "@sluice/core";
import { createJiti } from "jiti";
import * as zod from "zod";
import { configSchema, describeProblems } from "./config-schema.ts";

const { SluiceError } = core;

/** The names looked for in the working directory, in this order; never in the folders above it. */
const configNames = ["ts", "mts", "js", "mjs"].map((ending) => `sluice.config.${ending}`);

/**
 * The path of the configuration file: the one named, or the first of the names above in `cwd`.
 *
 * @returns undefined when none is named and none is there.
 * @throws SluiceError CONFIG_NOT_FOUND when the named file is not there.
 */
export async function findConfigFile(cwd: string, named: string | undefined): Promise<string | undefined> {
  if (named === undefined) {
    for (const name of configNames) {
      if (await isFile(resolve(cwd, name))) return resolve(cwd, name);
    }
    return undefined;
  }
  const path = resolve(cwd, named);
  if (await isFile(path)) return path;
  throw new SluiceError("CONFIG_NOT_FOUND", {
    message: `There is no configuration file ${path}. Check --config.`,
    facts: { path },
  });
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

/**
 * Loads a configuration file, TypeScript included, without a build.
 *
 * `@sluice/core` and `zod` are this program's own copies, so that a project runs with nothing installed.
 *
 * @throws SluiceError CONFIG_INVALID; and NOT_FREE, PIPELINE_INVALID and others that a definition itself throws.
 */
export async function loadConfigFile(path: string): Promise<core.SluiceConfig> {
  const exported = await evaluate(path);
  const parsed = configSchema.safeParse(exported);
  if (parsed.success) return parsed.data;
  const hint =
    exported === undefined
      ? "it has no default export. Write `export default defineConfig({ pipelines: [ … ] })`."
      : `${describeProblems(parsed.error)}.`;
  throw invalid(path, hint, parsed.error);
}

async function evaluate(path: string): Promise<unknown> {
  const jiti = createJiti(path, {
    // A cache of code in a shared folder could be written by somebody else.
    fsCache: false,
    interopDefault: false,
    virtualModules: { "@sluice/core": core, zod },
  });
  try {
    const module: unknown = await jiti.import(path);
    return typeof module === "object" && module !== null && "default" in module ? module.default : undefined;
  } catch (error) {
    if (SluiceError.is(error)) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw invalid(path, `${message.replace(/\s+/g, " ").trim()}${placeOf(error, message)}.`, error);
  }
}

/** Where an error was thrown, when its message does not say so already. */
function placeOf(error: unknown, message: string): string {
  if (!(error instanceof Error) || /:\d+:\d+/.test(message)) return "";
  const frame = /((?:\/|[A-Za-z]:\\)[^\s()]+?\.[mc]?[jt]s:\d+:\d+)/.exec(error.stack ?? "")?.[1];
  return frame && !frame.includes("node_modules") ? ` (at ${frame})` : "";
}

function invalid(path: string, problem: string, cause: unknown): core.SluiceError {
  return new SluiceError("CONFIG_INVALID", {
    message: `The configuration ${path} cannot be used: ${problem}`,
    facts: { path },
    cause,
  });
}
