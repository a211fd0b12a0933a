import type { AnyPipeline, BatchPlanner } from "@sluice/core";
import { type Backend, type EnqueueItem, existingRuns } from "@sluice/worker";

/** Shows items to a planner on their way, with the runs that stand for them already. */
export async function* planItems(
  items: AsyncIterable<EnqueueItem>,
  of: { backend: Backend; pipeline: AnyPipeline; planner: BatchPlanner; fresh: boolean },
): AsyncGenerator<EnqueueItem> {
  const { backend, pipeline, planner, fresh } = of;
  if (fresh) {
    for await (const item of items) {
      await planner.add(item);
      yield item;
    }
    return;
  }
  for await (const { item, run } of existingRuns(backend, pipeline, items)) {
    const known = run && (run.status === "completed" ? "completed" : "under-way");
    await planner.add("error" in item ? item : { ...item, run: known });
    yield item;
  }
}
