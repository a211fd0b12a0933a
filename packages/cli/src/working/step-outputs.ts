import { SluiceError, unseal } from "@sluice/core";
import type { Backend } from "@sluice/worker";

/** The recorded outputs of a run's steps, by step; a damaged record is left out, as a resumed run redoes it. */
export async function stepOutputs(backend: Backend, runId: string): Promise<Map<string, unknown>> {
  const outputs = new Map<string, unknown>();
  for (const [step, text] of await backend.checkpoints.read(runId)) {
    try {
      outputs.set(step, JSON.parse(await unseal(text)));
    } catch (error) {
      if (!SluiceError.has(error, "CHECKPOINT_INVALID")) throw error;
    }
  }
  return outputs;
}
