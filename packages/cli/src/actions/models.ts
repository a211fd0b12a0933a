import {
  type Catalogue,
  type CatalogueModel,
  contextOf,
  type OpenRouter,
  outputLimitOf,
  SluiceError,
  supports,
  type Task,
  whyNotFree,
} from "@sluice/core";
import { type Account, openAccount } from "../account/account.ts";
import { loadProject } from "../config/project.ts";
import type { Settings } from "../config/settings.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { columnsOf, type Io, print, printJson, tell } from "../io.ts";
import { type ModelRow, renderCatalogueLine, renderModels } from "../render/models.ts";
import { openSession } from "../working/session.ts";

/** What `sluice models` is given. */
export interface ModelsValues {
  config?: string | undefined;
  json?: boolean | undefined;
  simulate?: boolean | undefined;
  free?: boolean | undefined;
  all?: boolean | undefined;
  task?: Task | undefined;
  refresh?: boolean | undefined;
}

/** `sluice models`: reads the catalogue and the models' health, which costs no request of the quota. */
export async function models(values: ModelsValues, io: Io): Promise<ExitCode> {
  refuseContradiction(values);
  const { settings } = await loadProject(values, io);
  await using account = await openSharedOrOwn(settings, io);
  const { router } = account;
  // The store keeps free models only: the others are known from the server alone.
  const catalogue = await router.catalogue({ refresh: values.refresh || values.all });
  const every = await rowsOf(router, catalogue);
  const rows = await chosen(every, { values, router });
  const { source, fetchedAt } = catalogue;
  const data = { source, fetchedAt: new Date(fetchedAt).toISOString(), models: rows };
  if (values.json) await printJson(io, data);
  else await print(io, renderModels(rows, columnsOf(io.stdout)));
  const free = every.filter(isFree).length;
  tell(io, renderCatalogueLine({ ...catalogue, free, total: every.length, now: Date.now() }));
  if (values.task) tell(io, `In the order in which they are asked for the task "${values.task}".`);
  return exitCodes.done;
}

function refuseContradiction({ free, all, task }: ModelsValues): void {
  if (!all || !(free || task)) return;
  throw new SluiceError("OPTION_INVALID", {
    message: `--all lists the models that are refused too; leave out ${free ? "--free" : "--task"} or --all.`,
  });
}

/** With the shared store health and catalogue are everybody's; a store that is taken must not hide the models. */
async function openSharedOrOwn(settings: Settings, io: Io): Promise<Account> {
  try {
    return await openSession(settings, io);
  } catch (error) {
    if (!SluiceError.has(error, "BACKEND_BUSY")) throw error;
    tell(io, "Another process has the store open: what it knows of the models' health is not shown.");
    return openAccount(settings, io);
  }
}

async function rowsOf(router: OpenRouter, { models: known, fetchedAt }: Catalogue): Promise<ModelRow[]> {
  const resting = new Map((await router.restingModels()).map(({ id, until }) => [id, until]));
  const restOf = (id: string) => {
    const until = resting.get(id);
    if (until === undefined) return null;
    return until === null ? "gone" : new Date(until).toISOString();
  };
  return [...known.values()].map((model) => ({ ...rowOf(model, fetchedAt), resting: restOf(model.id) }));
}

function rowOf(model: CatalogueModel, now: number): Omit<ModelRow, "resting"> {
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

async function chosen(
  every: readonly ModelRow[],
  { values, router }: { values: ModelsValues; router: OpenRouter },
): Promise<ModelRow[]> {
  if (values.task) {
    const ids = await router.candidates(values.task);
    return ids.flatMap((id) => every.filter((row) => row.id === id));
  }
  return (values.all ? [...every] : every.filter(isFree)).sort(byIdFreeFirst);
}

function isFree(row: ModelRow): boolean {
  return row.refused === null;
}

function byIdFreeFirst(a: ModelRow, b: ModelRow): number {
  const byFreedom = Number(!isFree(a)) - Number(!isFree(b));
  return byFreedom || (a.id < b.id ? -1 : 1);
}
