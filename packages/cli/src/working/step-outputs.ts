import { parseJson } from "@sluice/core";
import type { Backend } from "@sluice/worker";
import { z } from "zod";

/** A checkpoint as it is stored: the payload is JSON text. Whether its hash fits is for who resumes the run. */
const envelope = z.object({ p: z.string() });

/** The recorded outputs of a run's steps, by step; one that cannot be read is left out. */
export async function stepOutputs(backend: Backend, runId: string): Promise<Map<string, unknown>> {
  const outputs = new Map<string, unknown>();
  for (const [step, text] of await backend.checkpoints.read(runId)) {
    const stored = envelope.safeParse(parseJson(text));
    if (stored.success) outputs.set(step, parseJson(stored.data.p));
  }
  return outputs;
}
