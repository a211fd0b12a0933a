import type { RunStatus } from "@sluice/core";
import { find, type RetriedRun, type RunRecord, retry as retryRuns } from "@sluice/worker";
import { loadProject, registryOf } from "../config/project.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { type Io, print, printJson, programName, tell } from "../io.ts";
import { plural } from "../render/events.ts";
import { printable } from "../render/printable.ts";
import { openStore } from "../working/open-store.ts";

/** What `sluice retry` is given. */
export interface RetryValues {
  id: string;
  config?: string | undefined;
  json?: boolean | undefined;
  cancelled?: boolean | undefined;
  from?: string | undefined;
}

type Counts = Record<RetriedRun["how"], number>;

/** `sluice retry`: asks no model and needs no key. */
export async function retry(values: RetryValues, io: Io): Promise<ExitCode> {
  const project = await loadProject(values, io);
  const registry = registryOf(project, io.cwd);
  await using store = await openStore(project.settings);
  const { backend } = store;
  const found = await find(backend, values.id);
  const status: RunStatus[] = values.cancelled ? ["failed", "cancelled"] : ["failed"];
  const runs: Iterable<RunRecord> | AsyncIterable<RunRecord> =
    found.kind === "run" ? [found.run] : backend.runs.list({ batchId: found.batch.id, status });
  const retried = await retryRuns(backend, registry, runs, { from: values.from });
  const counts = countOf(retried);
  if (values.json) await printJson(io, { ...counts, runs: retried });
  else await print(io, renderCounts(counts, values.from));
  if (counts.continued + counts.restarted > 0) tell(io, `Next: ${programName(io.env)} worker --drain`);
  return counts.noInput + counts.changed > 0 ? exitCodes.someFailed : exitCodes.done;
}

function countOf(retried: readonly RetriedRun[]): Counts {
  const counts: Counts = { continued: 0, restarted: 0, unchanged: 0, noInput: 0, changed: 0 };
  for (const { how } of retried) counts[how] += 1;
  return counts;
}

/** `2 runs going on where the work stopped; 1 run beginning anew on the newest version.` */
function renderCounts(counts: Counts, from: string | undefined): string {
  const { continued, restarted, unchanged, noInput, changed } = counts;
  const isFrom = from !== undefined;
  const parts = [
    [isFrom ? `going on from ${printable(from)}` : "going on where the work stopped", continued, "run"],
    ["beginning anew on the newest version", restarted, "run"],
    [isFrom ? "not finished" : "not failed, or queued again already", unchanged, "run"],
    ["without its input, so enqueue again", noInput, "document"],
    ["of another definition, so retry without --from to begin anew", changed, "run"],
  ] as const;
  const told = parts.flatMap(([what, count, noun]) => (count > 0 ? [`${plural(count, noun)} ${what}`] : []));
  return told.length > 0 ? `${told.join("; ")}.` : "No run of this batch has failed.";
}
