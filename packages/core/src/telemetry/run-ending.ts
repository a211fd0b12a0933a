import { ParkError } from "../errors/quota-errors.ts";
import { type ErrorRecord, SluiceError, toErrorRecord } from "../errors/sluice-error.ts";

/** How one execution of a run ended, in the words of run states. */
export type RunEnding =
  | { status: "completed" | "waiting" | "cancelled" }
  /** The worker stops; another one goes on with the run. */
  | { status: "queued" }
  | { status: "parked"; until: number; why: string }
  | { status: "failed"; error: ErrorRecord };

/** What a thrown value means for the run whose `signal` it is. */
export function endingOf(error: unknown, signal?: AbortSignal | undefined): RunEnding {
  if (SluiceError.has(error, "SHUTDOWN")) return { status: "queued" };
  if (SluiceError.has(error, "WAITING")) return { status: "waiting" };
  if (error instanceof ParkError) return { status: "parked", until: error.until, why: error.why };
  const wasStopped = signal?.aborted && error === signal.reason;
  if (wasStopped || SluiceError.has(error, "RUN_CANCELLED")) return { status: "cancelled" };
  return { status: "failed", error: toErrorRecord(error) };
}
