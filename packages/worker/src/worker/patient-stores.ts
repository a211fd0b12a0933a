import { type CheckpointEntry, type CheckpointStore, hashValue, SluiceError } from "@sluice/core";
import type { Backend } from "../backend/backend.ts";
import type { RunRecord } from "../backend/run-record.ts";
import type { RunStore } from "../backend/run-store.ts";
import { isPassing, type Patience } from "./patience.ts";

/** What one run at work needs of a backend. */
export interface RunStores {
  runs: Pick<RunStore, "get" | "open" | "update">;
  checkpoints: CheckpointStore;
}

/** Whose stores they are. */
interface PatientRun {
  runId: string;
  /** The worker's id, as its holds bear it. */
  worker: string;
  /** Aborts when the run is not to be worked on any more. */
  signal: AbortSignal;
  patience: Patience;
  onError(error: unknown): void;
}

/**
 * The stores of a backend for one run at work. What they cannot do while they are away or full is done when they can
 * again: an answer that was bought is kept in memory meanwhile, and not asked again.
 */
export function patientStores(
  { runs, checkpoints }: Pick<Backend, keyof RunStores>,
  run: PatientRun,
): RunStores {
  const { signal, patience } = run;
  const isStillOurs = isOurs(runs, run);
  const patiently = <T>(work: () => Promise<T>) => patience.during(work, { signal });
  return {
    runs: {
      get: (runId) => patiently(() => runs.get(runId)),
      open: (runId) => patiently(() => runs.open(runId)),
      update: (runId, change, output, seen) =>
        patiently(repeatableUpdate(runs, { runId, change, output, seen })),
    },
    checkpoints: {
      read: (runId) => patiently(() => checkpoints.read(runId)),
      write: (runId, entry) => {
        const call = { signal, isStillOurs, bytes: Buffer.byteLength(entry.text) };
        const written = patience.during(() => checkpoints.write(runId, entry), call);
        return written.catch((error: unknown) => {
          if (SluiceError.is(error) && isPassing(error)) run.onError(unsaved(runId, entry, error));
          throw error;
        });
      },
      remove: (runId, stepPaths) => patiently(() => checkpoints.remove(runId, stepPaths)),
      clear: (runId) => patiently(() => checkpoints.clear(runId)),
    },
  };
}

/**
 * Also when another may have the run already, as far as its queue knows: while the record says that it is ours, nobody
 * has begun it anew.
 */
function isOurs(runs: RunStores["runs"], { runId, worker }: PatientRun): () => Promise<boolean> {
  return async () => {
    const run = await runs.get(runId);
    return run?.status === "running" && run.heldBy?.worker === worker;
  };
}

/**
 * A change whose answer was lost on the way may have been made: the record is then what was to become of it, and the
 * change counts as this one.
 */
function repeatableUpdate(
  runs: RunStores["runs"],
  of: {
    runId: string;
    change(run: RunRecord): RunRecord | null;
    output: string | undefined;
    seen: RunRecord | undefined;
  },
): () => ReturnType<RunStore["update"]> {
  let attempted: RunRecord | undefined;
  return () => {
    let isDone = false;
    const seen = attempted ? undefined : of.seen;
    const updated = runs.update(
      of.runId,
      (run) => {
        isDone = attempted !== undefined && hashValue(run) === hashValue(attempted);
        const next = isDone ? null : of.change(run);
        attempted = next ?? attempted;
        return next;
      },
      of.output,
      seen,
    );
    return updated.then((result) => (result && isDone ? { ...result, changed: true } : result));
  };
}

function unsaved(runId: string, { stepPath }: CheckpointEntry, error: SluiceError): SluiceError {
  return new SluiceError(error.code, {
    message:
      `The output of step "${stepPath}" of run ${runId} could not be stored before the run was let go; ` +
      `the step is done again. ${error.message}`,
    facts: { ...error.facts, run: runId, step: stepPath },
    cause: error,
  });
}
