import type { BatchPlanner, Plan } from "@sluice/core";
import { type Backend, type Enqueued, type EnqueueItem, type EnqueueRequest, enqueue } from "@sluice/worker";
import { type Io, tell } from "../io.ts";
import { plural, renderFailure } from "../render/events.ts";
import type { Input } from "./expand-paths.ts";
import { loadItems } from "./load-items.ts";
import { planItems } from "./plan-items.ts";

/** What is to become of inputs. */
export interface InputRequest extends Pick<EnqueueRequest, "pipeline" | "fresh" | "priority" | "delayMs"> {
  inputs: readonly Input[];
  /** Sees the documents while they are loaded; how many requests it plans is noted with the batch. */
  planner?: BatchPlanner | undefined;
}

/** Loads inputs and enqueues one run for each; says how far it is when there are many. */
export async function enqueueInputs(
  backend: Backend,
  { inputs, pipeline, fresh = false, priority, delayMs, planner }: InputRequest,
  io: Io,
): Promise<Enqueued> {
  const items = announceFailures(loadItems(inputs, io), io);
  const enqueued = await enqueue(backend, {
    pipeline,
    fresh,
    priority,
    delayMs,
    items: planner ? planItems(items, { backend, pipeline, planner, fresh }) : items,
    total: inputs.length,
    plannedRequests: () => planner && plannedRequests(planner.plan()),
    onProgress: (count) => {
      if (count < inputs.length) tell(io, `${count} of ${inputs.length} documents loaded`);
    },
  });
  tell(io, renderEnqueued(enqueued, pipeline.name));
  return enqueued;
}

/** `Batch b7k2m9qd: 4 runs of letters queued; 20 runs exist already (--fresh makes new ones).` */
function renderEnqueued({ batchId, queued, again, existing, failed }: Enqueued, pipeline: string): string {
  const why = again > 0 ? ` (${again} again, after a run that failed or was cancelled)` : "";
  const parts = [`Batch ${batchId}: ${plural(queued, "run")} of ${pipeline} queued${why}`];
  if (existing > 0)
    parts.push(
      `${plural(existing, "run")} ${existing === 1 ? "exists" : "exist"} already (--fresh makes new ones)`,
    );
  if (failed > 0) parts.push(`${plural(failed, "document")} could not be read`);
  return `${parts.join("; ")}.`;
}

/** A number that only a run knows is no plan to hold it against. */
function plannedRequests({ requests }: Plan): number | undefined {
  return requests.min === requests.max && requests.perItem === null ? requests.max : undefined;
}

/** Says of each document that could not be loaded why. */
export async function* announceFailures(
  items: AsyncIterable<EnqueueItem>,
  io: Io,
): AsyncGenerator<EnqueueItem> {
  for await (const item of items) {
    if ("error" in item) tell(io, renderFailure(item.document.name, item.error));
    yield item;
  }
}
