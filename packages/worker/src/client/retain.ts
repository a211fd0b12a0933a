import type { Clock } from "@sluice/core";
import type { Backend } from "../backend/backend.ts";
import { type Pruned, type PruneRequest, prune } from "./prune.ts";

/** How long what is stored of finished runs is kept; all in milliseconds since a run finished. Default: for ever. */
export interface Retention {
  /** Inputs: the documents. A run without its input cannot be retried. */
  inputsMs?: number | undefined;
  /** Outputs, and the recorded outputs of steps. */
  resultsMs?: number | undefined;
  /** Whole runs. The same document is a new run afterwards. */
  runsMs?: number | undefined;
  /** Removes results and runs also when the result was never exported. Default false. */
  includeUnexported?: boolean | undefined;
}

/**
 * Removes what is kept for longer than it is to be; see {@link prune}.
 *
 * @returns what was removed, summed up.
 */
export async function retain(
  backend: Backend,
  { inputsMs, resultsMs, runsMs, includeUnexported }: Retention,
  options: { signal?: AbortSignal | undefined; clock?: Clock | undefined } = {},
): Promise<Pruned> {
  const total: Pruned = { runs: 0, unexported: 0 };
  const remove = async (olderThanMs: number | undefined, parts: PruneRequest["parts"]) => {
    if (olderThanMs === undefined) return;
    const pruned = await prune(backend, { ...options, olderThanMs, parts, includeUnexported });
    total.runs += pruned.runs;
    total.unexported += pruned.unexported;
  };
  // What goes whole needs not be taken apart before.
  await remove(runsMs, undefined);
  await remove(resultsMs, ["result"]);
  await remove(inputsMs, ["input"]);
  return total;
}
