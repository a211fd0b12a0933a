import type { RunStatus } from "@sluice/core";
import {
  type Backend,
  batchProgress,
  type CancelCounts,
  cancellable,
  cancel as cancelRuns,
  type Found,
  find,
} from "@sluice/worker";
import { loadProject } from "../config/project.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { type Io, print, printJson, programName, tell } from "../io.ts";
import { type Cancelled, renderCancelled } from "../render/cancelled.ts";
import { openStore } from "../working/open-store.ts";

/** What `sluice cancel` is given. */
export interface CancelValues {
  ids: readonly string[];
  config?: string | undefined;
  json?: boolean | undefined;
}

/** `sluice cancel`: nothing is cancelled when one of the ids is wrong. */
export async function cancel({ ids, config, json = false }: CancelValues, io: Io): Promise<ExitCode> {
  const { settings } = await loadProject({ config }, io);
  await using store = await openStore(settings);
  const { backend } = store;
  const found: Found[] = [];
  for (const id of ids) found.push(await find(backend, id));
  const all: Cancelled[] = [];
  for (const one of found) {
    const cancelled = await cancelFound(backend, one);
    all.push(cancelled);
    if (!json) await print(io, renderCancelled(cancelled));
  }
  if (json) await printJson(io, { ...sumOf(all), targets: all });
  const run = all.find(({ kind, cancelled }) => kind === "run" && cancelled > 0);
  if (run) tell(io, `What it has recorded is kept. Go on with it: ${programName(io.env)} retry ${run.id}`);
  return exitCodes.done;
}

async function cancelFound(backend: Backend, found: Found): Promise<Cancelled> {
  if (found.kind === "batch") return cancelBatch(backend, found.batch);
  const { id } = found.run;
  let status: RunStatus = found.run.status;
  const counts = await cancelRuns(backend, [found.run], {
    onRun: (run) => {
      status = run.status ?? status;
    },
  });
  return { kind: "run", id, ...counts, status };
}

async function cancelBatch(backend: Backend, batch: { id: string; total: number }): Promise<Cancelled> {
  const before = await batchProgress(backend, batch);
  const runs = backend.runs.list({ batchId: batch.id, status: cancellable });
  const { cancelled, finished } = await cancelRuns(backend, runs);
  return { kind: "batch", id: batch.id, cancelled, finished: before.finished + finished };
}

function sumOf(all: readonly Cancelled[]): CancelCounts {
  const cancelled = all.reduce((sum, one) => sum + one.cancelled, 0);
  return { cancelled, finished: all.reduce((sum, one) => sum + one.finished, 0) };
}
