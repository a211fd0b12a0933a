import { SluiceError } from "@sluice/core";
import { type Backend, type BatchRecord, find } from "@sluice/worker";

/**
 * Finds a batch by what a person typed.
 *
 * @throws SluiceError RUN_NOT_FOUND when there is none, or when it names a run.
 */
export async function findBatch(backend: Backend, name: string): Promise<BatchRecord> {
  const found = await find(backend, name);
  if (found.kind === "batch") return found.batch;
  throw new SluiceError("RUN_NOT_FOUND", {
    message: `"${name}" is a run, not a batch; its batch is ${found.run.batchId}.`,
    facts: { name, batch: found.run.batchId },
  });
}
