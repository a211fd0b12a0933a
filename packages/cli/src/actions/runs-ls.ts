import type { RunStatus } from "@sluice/core";
import type { RunRecord } from "@sluice/worker";
import { loadProject } from "../config/project.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { columnsOf, type Io, print, printJson, tell } from "../io.ts";
import { renderRuns, runData } from "../render/runs.ts";
import { findBatch } from "../working/find-batch.ts";
import { openStore } from "../working/open-store.ts";

/** What `sluice runs ls` is given. */
export interface RunsLsValues {
  config?: string | undefined;
  json?: boolean | undefined;
  status?: RunStatus | undefined;
  batch?: string | undefined;
  limit?: number | undefined;
}

const DEFAULT_LIMIT = 50;

/** `sluice runs ls` */
export async function runsLs(values: RunsLsValues, io: Io): Promise<ExitCode> {
  const { settings } = await loadProject(values, io);
  await using store = await openStore(settings);
  const { backend } = store;
  const { json, status, batch, limit = DEFAULT_LIMIT } = values;
  const batchId = batch === undefined ? undefined : (await findBatch(backend, batch)).id;
  const runs: RunRecord[] = [];
  for await (const run of backend.runs.list({ batchId, limit, status: status && [status] })) {
    if (json) await printJson(io, runData(run));
    else runs.push(run);
  }
  if (json) return exitCodes.done;
  if (runs.length === 0) tell(io, `No such run in ${backend.location}.`);
  else await print(io, renderRuns(runs, columnsOf(io.stdout)));
  if (runs.length === limit) tell(io, `The first ${limit}; more with --limit N.`);
  return exitCodes.done;
}
