import type { AnyPipeline } from "@sluice/core";
import { type Backend, type BatchRecord, find, type RunRecord, readResult } from "@sluice/worker";
import { loadProject, type Project } from "../config/project.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { columnsOf, type Io, print, printJson, programName, tell } from "../io.ts";
import { renderBatch, renderPackTrust, renderRun, renderRuns, runData } from "../render/runs.ts";
import { packTrust, spentRequests } from "../working/batch-facts.ts";
import { openStore } from "../working/open-store.ts";
import { stepOutputs } from "../working/step-outputs.ts";

/** What `sluice show` is given. */
export interface ShowValues {
  id: string;
  config?: string | undefined;
  json?: boolean | undefined;
}

/** `sluice show` */
export async function show({ id, config, json = false }: ShowValues, io: Io): Promise<ExitCode> {
  const project = await loadProject({ config }, io);
  const { settings } = project;
  await using store = await openStore(settings);
  const found = await find(store.backend, id);
  if (found.kind === "run") await showRun(store.backend, found.run, { json, io });
  else await showBatch(store.backend, found.batch, { json, io, project });
  return exitCodes.done;
}

async function showRun(backend: Backend, run: RunRecord, { json, io }: { json: boolean; io: Io }) {
  const line = await readResult(backend, run);
  const steps = await stepOutputs(backend, run.id);
  if (json) return printJson(io, { ...runData(run), output: line.output, steps: Object.fromEntries(steps) });
  return print(io, renderRun(run, steps, line));
}

const SHOWN_RUNS = 50;

async function showBatch(
  backend: Backend,
  batch: BatchRecord,
  { json, io, project }: { json: boolean; io: Io; project: Project },
) {
  const counts = await backend.runs.countByStatus(batch.id);
  const runs: RunRecord[] = [];
  for await (const run of backend.runs.list({ batchId: batch.id, limit: SHOWN_RUNS })) runs.push(run);
  const { plannedRequests } = batch;
  const spent = plannedRequests === undefined ? undefined : await spentRequests(backend, batch);
  const packs = await packTrust(backend, pipelineOf(batch, project), project.settings);
  if (json) {
    const data = { batch: batch.id, ...batchData(batch), counts, runs: runs.map(runData) };
    return printJson(io, {
      ...data,
      plannedRequests: plannedRequests ?? null,
      requests: spent ?? null,
      packs,
    });
  }
  const parts = [
    renderBatch(batch, counts, spent),
    renderPackTrust(packs),
    renderRuns(runs, columnsOf(io.stdout)),
  ];
  await print(io, parts.filter((part) => part !== "").join("\n\n"));
  if (batch.total > runs.length) {
    tell(
      io,
      `The first ${runs.length} runs; all of them: ${programName(io.env)} runs ls --batch ${batch.id} --limit ${batch.total}`,
    );
  }
}

function batchData({ pipeline, version, createdAt, total }: BatchRecord) {
  return { pipeline, version, createdAt: new Date(createdAt).toISOString(), total };
}

function pipelineOf({ pipeline, version }: BatchRecord, { pipelines }: Project): AnyPipeline | undefined {
  return pipelines.find((one) => one.name === pipeline && one.version === version);
}
