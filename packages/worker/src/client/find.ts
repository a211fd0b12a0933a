import { SluiceError } from "@sluice/core";
import type { Backend } from "../backend/backend.ts";
import { type BatchRecord, isId, type RunRecord } from "../backend/run-record.ts";

/** A run or a batch, found by what a person typed. */
export type Found = { kind: "run"; run: RunRecord } | { kind: "batch"; batch: BatchRecord };

/**
 * Finds a run or batch by its id, a unique prefix of it, `latest` (run) or `latest-batch`.
 *
 * @throws SluiceError RUN_NOT_FOUND when nothing, or more than one thing, bears the name; OPTION_INVALID for what can be
 *   no id.
 */
export async function find(backend: Backend, name: string): Promise<Found> {
  if (name === "latest-batch") return latestBatch(backend);
  if (name === "latest") return latestRun(backend);
  if (!isId(name)) throw noId(name);
  const { runs, batches } = await backend.runs.findIds(name, 2);
  const ids = [...batches, ...runs];
  const exact = ids.includes(name) ? name : undefined;
  if (!exact && ids.length > 1) {
    throw notFound(
      `"${name}" is the beginning of several ids (${ids.join(", ")}, …); type more of it.`,
      name,
    );
  }
  const id = exact ?? ids[0];
  const batch = id === undefined ? undefined : await backend.runs.getBatch(id);
  if (batch) return { kind: "batch", batch };
  const run = id === undefined ? undefined : await backend.runs.get(id);
  if (run) return { kind: "run", run };
  throw notFound(
    `There is no run or batch "${name}" in ${backend.location}. \`sluice runs ls\` lists what there is.`,
    name,
  );
}

async function latestBatch(backend: Backend): Promise<Found> {
  const [batch] = await backend.runs.listBatches(1);
  if (batch) return { kind: "batch", batch };
  throw notFound(`There is no batch yet in ${backend.location}.`, "latest-batch");
}

async function latestRun(backend: Backend): Promise<Found> {
  for await (const run of backend.runs.list({ limit: 1 })) return { kind: "run", run };
  throw notFound(`There is no run yet in ${backend.location}.`, "latest");
}

/** As much of a wrong id as it takes to recognise it. */
const SHOWN_CHARS = 64;

function noId(name: string): SluiceError {
  const shown = name.length > SHOWN_CHARS ? `${name.slice(0, SHOWN_CHARS)}…` : name;
  return new SluiceError("OPTION_INVALID", {
    message: `${JSON.stringify(shown)} is no id: those of runs and batches have 1 to 64 letters, digits, "-" and "_". \`sluice runs ls\` lists what there is.`,
    facts: { name: shown },
  });
}

function notFound(message: string, name: string): SluiceError {
  return new SluiceError("RUN_NOT_FOUND", { message, facts: { name } });
}
