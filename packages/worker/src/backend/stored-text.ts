import { SluiceError, seal, unseal } from "@sluice/core";
import type { NewRun } from "./run-store.ts";

/** What is kept of a run besides its record. */
type StoredPart = "input" | "output";

/** The inputs of runs as they are stored: each sealed, empty for none. */
export function sealInputs(runs: readonly NewRun[]): Promise<string[]> {
  return Promise.all(runs.map(async ({ input }) => (input === null ? "" : seal(input))));
}

/**
 * The JSON text of a run's input or output as it was stored; undefined when there is none.
 *
 * @throws SluiceError STATE_INVALID when it is damaged, BACKEND_NEWER when a newer Sluice has written it.
 */
export async function openStored(
  text: string | undefined,
  of: { runId: string; part: StoredPart },
): Promise<string | undefined> {
  if (text === undefined) return undefined;
  try {
    return await unseal(text);
  } catch (cause) {
    if (!SluiceError.has(cause, "CHECKPOINT_INVALID")) throw cause;
    throw damaged(of, cause);
  }
}

const ADVICE: Readonly<Record<StoredPart, string>> = {
  input: "Enqueue its document again.",
  output:
    "Its steps may still be recorded: `sluice show` prints them. Enqueue the document with --fresh to have it anew.",
};

function damaged({ runId, part }: { runId: string; part: StoredPart }, cause: SluiceError): SluiceError {
  return new SluiceError("STATE_INVALID", {
    message: `The stored ${part} of run ${runId} is damaged (${String(cause.facts["reason"])}) and not used. ${ADVICE[part]}`,
    facts: { run: runId, part },
    cause,
  });
}
