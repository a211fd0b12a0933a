import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { freeModels, SluiceError } from "@sluice/core";
import type { BackendFact } from "@sluice/worker";
import { type Account, openAccount } from "../account/account.ts";
import { loadProject, type Project } from "../config/project.ts";
import type { Settings } from "../config/settings.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { type Io, print, printJson, takesColours } from "../io.ts";
import { type Finding, renderFindings } from "../render/doctor.ts";
import { openStore } from "../working/open-store.ts";

/** What `sluice doctor` is given. */
export interface DoctorValues {
  config?: string | undefined;
  json?: boolean | undefined;
  simulate?: boolean | undefined;
}

/** `sluice doctor`: looks at everything a run needs; spends no request. */
export async function doctor(values: DoctorValues, io: Io): Promise<ExitCode> {
  const findings = [checkNode(process.versions.node), ...(await checkProject(values, io))];
  if (values.json) await printJson(io, findings);
  else await print(io, renderFindings(findings, takesColours(io.stdout, io.env)));
  return findings.some((finding) => finding.status === "fail") ? exitCodes.error : exitCodes.done;
}

/** The first Node that has all that is used here. */
const LEAST_NODE = [20, 19] as const;

/** Checks a Node version like `20.20.1`. */
export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isEnough = major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1]);
  if (isEnough) return { check: "node", status: "ok", detail: version };
  const detail = `${version} is too old; install Node ${LEAST_NODE.join(".")} or newer`;
  return { check: "node", status: "fail", detail };
}

async function checkProject(values: DoctorValues, io: Io): Promise<Finding[]> {
  let project: Project;
  try {
    project = await loadProject(values, io);
  } catch (error) {
    return [failed("configuration", error)];
  }
  return [
    configurationFinding(project),
    ...(await checkKeyFile(project)),
    ...(await checkServer(project.settings, io)),
    ...(await checkStore(project.settings)),
  ];
}

function configurationFinding({ configFile, pipelines }: Project): Finding {
  const check = "configuration";
  if (configFile === undefined) {
    const detail = "no sluice.config.ts in this folder; `sluice init my-project` makes a project";
    return { check, status: "warn", detail };
  }
  if (pipelines.length === 0) return { check, status: "warn", detail: `${configFile} names no pipeline` };
  return { check, status: "ok", detail: `${configFile}: ${pipelines.map((one) => one.name).join(", ")}` };
}

/** Rights of a file that anybody but its owner has; Windows keeps them elsewhere. */
const OTHERS = process.platform === "win32" ? 0 : 0o077;

async function checkKeyFile({ configFile, settings }: Project): Promise<Finding[]> {
  if (configFile === undefined || settings.apiKey.source !== ".env") return [];
  const path = join(dirname(configFile), ".env");
  const { mode } = await stat(path);
  if ((mode & OTHERS) === 0) return [];
  const detail = `${path} holds the key and can be read by other users: chmod 600 ${path}`;
  return [{ check: "key file", status: "warn", detail }];
}

async function checkServer(settings: Settings, io: Io): Promise<Finding[]> {
  try {
    await using account = await openAccount(settings, io);
    return [await checkKey(account), await checkModels(account)];
  } catch (error) {
    return [failed("key", error)];
  }
}

async function checkKey({ router, isSimulated }: Account): Promise<Finding> {
  const check = "key";
  if (isSimulated) {
    const detail = "the offline simulator answers; set OPENROUTER_API_KEY to ask models";
    return { check, status: "warn", detail };
  }
  try {
    const { freeRequests } = await router.api.readAccount();
    const counted = freeRequests ? `; ${freeRequests.used} of ${freeRequests.limit} requests used today` : "";
    return { check, status: "ok", detail: `accepted${counted}` };
  } catch (error) {
    return failed(check, error);
  }
}

async function checkModels({ router }: Account): Promise<Finding> {
  const check = "models";
  try {
    const catalogue = await router.catalogue();
    const free = freeModels(catalogue, Date.now()).length;
    if (catalogue.source !== "server") {
      return {
        check,
        status: "warn",
        detail: `${free} free models were known when the server was last reached`,
      };
    }
    const detail = `${free} of ${catalogue.models.size} models are free`;
    return { check, status: free > 0 ? "ok" : "fail", detail };
  } catch (error) {
    return failed(check, error);
  }
}

async function checkStore(settings: Settings): Promise<Finding[]> {
  try {
    await using store = await openStore(settings);
    const { backend } = store;
    const opened: Finding = { check: "store", status: "ok", detail: `${backend.kind}: ${backend.location}` };
    return [opened, ...(await backend.describe()).map(storeFinding)];
  } catch (error) {
    return [failed("store", error)];
  }
}

function storeFinding({ name, value, trouble }: BackendFact): Finding {
  const check = `store ${name}`;
  if (!trouble) return { check, status: "ok", detail: value };
  return { check, status: trouble.severity, detail: `${value}. ${trouble.fix}` };
}

function failed(check: string, error: unknown): Finding {
  const detail = SluiceError.is(error) ? `${error.code}: ${error.message}` : String(error);
  return { check, status: "fail", detail };
}
