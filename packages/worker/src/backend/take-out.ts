import type { Backend } from "./backend.ts";

/**
 * Takes the jobs of finished runs out of the queue, where nobody works on them.
 *
 * Somebody may have a run retried in between: he makes it queued first and then adds it, which the queue refuses while
 * the job of before stands there. So here the job goes first, and then comes a look at the states. Whichever of the two
 * is later sees what the other wrote, and the run is in the queue.
 */
export async function takeOut(
  { runs, queue }: Pick<Backend, "runs" | "queue">,
  runIds: readonly string[],
): Promise<void> {
  await Promise.all(runIds.map((runId) => queue.remove(runId)));
  const records = await runs.getMany(runIds);
  const retried = records.filter(({ status }) => status === "queued");
  if (retried.length > 0) await queue.add(retried);
}
