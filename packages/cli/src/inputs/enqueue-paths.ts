import type { AnyPipeline } from "@sluice/core";
import { type Backend, type Enqueued, type EnqueueItem, enqueue } from "@sluice/worker";
import { type Io, tell } from "../io.ts";
import { plural, renderFailure } from "../render/events.ts";
import type { Input } from "./expand-paths.ts";
import { loadItems } from "./load-items.ts";

/** Loads inputs and enqueues one run for each; says how far it is when there are many. */
export async function enqueueInputs(
  backend: Backend,
  what: { pipeline: AnyPipeline; inputs: readonly Input[] },
  io: Io,
): Promise<Enqueued> {
  const { pipeline, inputs } = what;
  const enqueued = await enqueue(backend, {
    pipeline,
    items: announceFailures(loadItems(inputs, io), io),
    total: inputs.length,
    onProgress: (count) => {
      if (count < inputs.length) tell(io, `${count} of ${inputs.length} documents loaded`);
    },
  });
  const unread = enqueued.failed > 0 ? `; ${plural(enqueued.failed, "document")} could not be read` : "";
  tell(
    io,
    `Batch ${enqueued.batchId}: ${plural(enqueued.queued, "run")} of ${pipeline.name} queued${unread}.`,
  );
  return enqueued;
}

async function* announceFailures(items: AsyncIterable<EnqueueItem>, io: Io): AsyncGenerator<EnqueueItem> {
  for await (const item of items) {
    if ("error" in item) tell(io, renderFailure(item.document.name, item.error));
    yield item;
  }
}
