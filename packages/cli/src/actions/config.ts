import { environmentNames } from "../config/environment.ts";
import { loadProject, type Project } from "../config/project.ts";
import type { Settings, Source } from "../config/settings.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { columnsOf, type Io, print, printJson, tell, withoutSecrets } from "../io.ts";
import { renderTable } from "../render/table.ts";

/** What `sluice config` is given. */
export interface ConfigValues {
  config?: string | undefined;
  json?: boolean | undefined;
  simulate?: boolean | undefined;
}

/** A setting as it is shown; a secret only as set or not set. */
interface ShownSetting {
  setting: string;
  value: string | number | boolean | null;
  source: Source | null;
  environment: string | null;
}

/** `sluice config` */
export async function config(values: ConfigValues, io: Io): Promise<ExitCode> {
  const project = await loadProject(values, io);
  const shown = shownSettings(project.settings);
  if (values.json) await printJson(io, { file: project.configFile ?? null, settings: shown });
  else await print(io, asTable(shown, columnsOf(io.stdout)));
  tell(io, fileLine(project));
  return exitCodes.done;
}

function shownSettings(settings: Settings): ShownSetting[] {
  const names: ReadonlyArray<keyof Settings> = [
    "apiKey",
    "baseUrl",
    "redisUrl",
    "ephemeral",
    "home",
    "simulate",
    "concurrency",
    "metricsPort",
    "perMinute",
    "perDay",
    "models",
    "retention",
  ];
  return names.map((name) => {
    const { value, source } = settings[name];
    return {
      setting: name,
      value: shownValue(name, value),
      source: value === undefined ? null : source,
      environment: name in environmentNames ? environmentNames[name as keyof typeof environmentNames] : null,
    };
  });
}

function shownValue(
  name: keyof Settings,
  value: Settings[keyof Settings]["value"],
): string | number | boolean | null {
  if (name === "apiKey") return value === undefined ? null : "set";
  if (typeof value === "object")
    return value === null || Object.keys(value).length === 0 ? null : JSON.stringify(value);
  return typeof value === "string" ? withoutSecrets(value) : (value ?? null);
}

/** What holds when nothing sets a value. */
const UNSET: Partial<Record<string, string>> = {
  apiKey: "not set",
  redisUrl: "not set (embedded)",
  metricsPort: "not set (no metrics)",
  perMinute: "learnt from the server",
  perDay: "learnt from the server",
  models: "the router's own order",
  retention: "everything is kept",
};

function asTable(shown: readonly ShownSetting[], columns: number): string {
  const rows = shown.map(({ setting, value, source, environment }) => [
    setting,
    String(value ?? UNSET[setting] ?? ""),
    source ?? "",
    environment ?? "",
  ]);
  return renderTable(["setting", "value", "from", "environment variable"], rows, columns).text;
}

function fileLine({ configFile, pipelines }: Project): string {
  if (configFile === undefined) return "No configuration file in this folder.";
  return `${configFile}: ${pipelines.map((one) => `${one.name}@${one.version}`).join(", ") || "no pipeline"}`;
}
