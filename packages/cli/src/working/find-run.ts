import { SluiceError } from "@sluice/core";
import { type Backend, find, type RunRecord } from "@sluice/worker";

/**
 * Finds a run by what a person typed.
 *
 * @throws SluiceError RUN_NOT_FOUND when there is none, or when it names a batch.
 */
export async function findRun(backend: Backend, name: string): Promise<RunRecord> {
  const found = await find(backend, name);
  if (found.kind === "run") return found.run;
  throw new SluiceError("RUN_NOT_FOUND", {
    message: `"${name}" is a batch, not a run; \`sluice runs ls --batch ${found.batch.id}\` lists its runs.`,
    facts: { name, batch: found.batch.id },
  });
}
