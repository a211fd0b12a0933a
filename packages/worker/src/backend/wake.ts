import { type CheckpointStore, decisionPath, SluiceError, transition, unseal } from "@sluice/core";
import type { QueueEntry, RunQueue } from "./run-queue.ts";
import type { RunRecord } from "./run-record.ts";
import type { RunStore } from "./run-store.ts";

/**
 * Makes a run that waits for a decision queued when the decision stands; the caller brings it back to the queue.
 *
 * No wake-up is lost, because both sides write before they look. Whoever decides records the decision first and then
 * looks at the state. The worker records `waiting` first and then looks for the decision. Of two that do so at the same
 * time at least one sees what the other wrote, and calls this; when both do, the store lets one of them win.
 *
 * The same holds for the queue, which refuses a run whose job it still has: whoever wakes a run makes it queued first
 * and then adds it, and the worker looks at the state again when its job has gone (`onReleased`).
 *
 * @returns whether this call woke the run.
 */
export async function wakeDecided(
  { runs, checkpoints }: { runs: Pick<RunStore, "update">; checkpoints: CheckpointStore },
  run: RunRecord,
  now: number,
): Promise<boolean> {
  const step = run.waitingFor?.step;
  if (step === undefined || !(await isDecided(checkpoints, run.id, step))) return false;
  const woken = await runs.update(run.id, (present) =>
    present.waitingFor?.step === step ? transition(present, { type: "wake" }, now) : null,
  );
  return woken?.changed ?? false;
}

/** Brings a run before the consumers at once, also one whose job is parked until a later time. */
export async function bringBack(queue: RunQueue, run: string | QueueEntry): Promise<void> {
  await queue.remove(typeof run === "string" ? run : run.id);
  await queue.add([run]);
}

/** A damaged decision counts as none, as it does for the step itself. */
async function isDecided(checkpoints: CheckpointStore, runId: string, step: string): Promise<boolean> {
  const text = (await checkpoints.read(runId)).get(decisionPath(step));
  if (text === undefined) return false;
  try {
    await unseal(text);
    return true;
  } catch (error) {
    if (SluiceError.has(error, "CHECKPOINT_INVALID")) return false;
    throw error;
  }
}
