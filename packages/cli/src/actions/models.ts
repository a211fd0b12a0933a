import { type CatalogueModel, contextOf, outputLimitOf, supports, whyNotFree } from "@sluice/core";
import { openAccount } from "../account/account.ts";
import { loadProject } from "../config/project.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { columnsOf, type Io, print, printJson, tell } from "../io.ts";
import { type ModelRow, renderModels } from "../render/models.ts";
import { dateTime } from "../render/time.ts";

/** What `sluice models` is given. */
export interface ModelsValues {
  config?: string | undefined;
  json?: boolean | undefined;
  simulate?: boolean | undefined;
  all?: boolean | undefined;
}

/** `sluice models`: reads the catalogue, which costs no request of the quota. */
export async function models(values: ModelsValues, io: Io): Promise<ExitCode> {
  const { settings } = await loadProject(values, io);
  await using account = await openAccount(settings, io);
  const catalogue = await account.router.catalogue();
  const every = [...catalogue.models.values()].map((model) => rowOf(model, catalogue.fetchedAt));
  const free = every.filter((row) => row.refused === null);
  const rows = (values.all ? every : free).sort(byIdFreeFirst);
  if (values.json) await printJson(io, rows);
  else await print(io, renderModels(rows, columnsOf(io.stdout)));
  if (catalogue.source !== "server") {
    tell(io, `The server cannot be reached; this is what was known at ${dateTime(catalogue.fetchedAt)} UTC.`);
  }
  tell(io, `${free.length} of ${every.length} models are free.${values.all ? "" : " The others: --all"}`);
  return exitCodes.done;
}

function rowOf(model: CatalogueModel, now: number): ModelRow {
  return {
    id: model.id,
    contextTokens: contextOf(model),
    outputTokens: outputLimitOf(model),
    schema: supports(model, "structured_outputs") && supports(model, "response_format"),
    tools: supports(model, "tools"),
    expires: model.expiration_date ?? null,
    refused: whyNotFree(model, now),
  };
}

function byIdFreeFirst(a: ModelRow, b: ModelRow): number {
  const byFreedom = Number(a.refused !== null) - Number(b.refused !== null);
  return byFreedom || (a.id < b.id ? -1 : 1);
}
