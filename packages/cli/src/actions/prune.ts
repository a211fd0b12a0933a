import { SluiceError } from "@sluice/core";
import { type Pruned, type PruneRequest, prune as pruneRuns, type RunPart } from "@sluice/worker";
import { loadProject } from "../config/project.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { type Io, print, printJson } from "../io.ts";
import { plural } from "../render/events.ts";
import { openStore } from "../working/open-store.ts";

/** What `sluice prune` is given. */
export interface PruneValues {
  config?: string | undefined;
  json?: boolean | undefined;
  /** Milliseconds. */
  olderThan?: number | undefined;
  pipeline?: string | undefined;
  state?: PruneRequest["states"];
  inputs?: boolean | undefined;
  results?: boolean | undefined;
  includeUnexported?: boolean | undefined;
  dryRun?: boolean | undefined;
}

/** `sluice prune`: asks no model and needs no key. */
export async function prune(values: PruneValues, io: Io): Promise<ExitCode> {
  const { olderThan: olderThanMs, pipeline, state: states, includeUnexported, dryRun: isDryRun } = values;
  if (olderThanMs === undefined) {
    throw new SluiceError("OPTION_INVALID", {
      message: "Say how old what is removed must be: --older-than 30d",
    });
  }
  const { settings } = await loadProject(values, io);
  await using store = await openStore(settings);
  const parts = partsOf(values);
  const request = { olderThanMs, parts, pipeline, states, includeUnexported, isDryRun, signal: io.signal };
  const pruned = await pruneRuns(store.backend, request);
  if (values.json) await printJson(io, { ...pruned, parts: parts ?? ["run"], dryRun: isDryRun ?? false });
  else await print(io, renderPruned(pruned, { parts, isDryRun }));
  return exitCodes.done;
}

/** Undefined for whole runs. */
function partsOf({ inputs, results }: PruneValues): readonly RunPart[] | undefined {
  const parts: RunPart[] = [];
  if (inputs) parts.push("input");
  if (results) parts.push("result");
  return parts.length > 0 ? parts : undefined;
}

/** `3 runs removed; 2 completed runs kept, because their results were never exported (--include-unexported).` */
function renderPruned(
  { runs, unexported }: Pruned,
  { parts, isDryRun }: { parts: readonly RunPart[] | undefined; isDryRun: boolean | undefined },
): string {
  const what = parts ? `${parts.join(" and ")} of ${plural(runs, "run")}` : plural(runs, "run");
  const told = [`${what} ${isDryRun ? "would be " : ""}removed`];
  if (unexported > 0) {
    const kept = unexported === 1 ? "its result was" : "their results were";
    told.push(`${plural(unexported, "run")} kept, because ${kept} never exported (--include-unexported)`);
  }
  return `${told.join("; ")}.`;
}
