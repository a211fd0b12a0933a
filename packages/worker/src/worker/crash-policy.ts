import { SluiceError } from "@sluice/core";
import type { Crash, Hold, RunRecord } from "../backend/run-record.ts";

/** A run is set aside after so many crashes in one step. */
const MAX_CRASHES = 3;

/**
 * The hold that ended in a crash: the run is still marked as running, and not by this worker, which lives. A run that
 * was parked, given back or finished was let go in good order.
 */
export function brokenHold({ status, heldBy }: RunRecord, worker: string): Hold | undefined {
  if (status !== "running" || heldBy?.worker === worker || heldBy?.isWaiting) return undefined;
  return heldBy;
}

/**
 * Whether a run has its last try. No two of those are at work at the same time in one worker, so that whichever brings
 * the worker down does not take the blameless ones with it that had the bad luck to be beside it before.
 */
export function isLastTry(crashes: readonly Crash[]): boolean {
  return crashes.length === MAX_CRASHES - 1;
}

/** The crashes after one more: those in other steps do not count any more, because the run got past them. */
export function withCrash(crashes: readonly Crash[], crash: Crash): Crash[] {
  return [...crashes.filter(({ step }) => step === crash.step), crash];
}

/** The end of a run whose workers die of it, with the evidence; undefined while it is worth another try. */
export function poisonOf(runId: string, crashes: readonly Crash[]): SluiceError | undefined {
  const [first] = crashes;
  if (!first || crashes.length < MAX_CRASHES) return undefined;
  const { step } = first;
  const deaths = crashes.map(
    ({ worker, since }) => `${worker} (at it from ${new Date(since).toISOString()})`,
  );
  return new SluiceError("POISON", {
    message:
      `${crashes.length} workers died in step "${step}" of run ${runId}: ${deaths.join(", ")}. It is not tried again, ` +
      "and other runs go on. Look for what ends the process there (memory, an exit in the code, a native module, a blocked " +
      `event loop), then have it tried again: sluice retry ${runId}`,
    facts: {
      run: runId,
      step,
      crashes: crashes.length,
      workers: crashes.map(({ worker }) => worker),
      since: crashes.map(({ since }) => since),
      noticedAt: crashes.map(({ noticedAt }) => noticedAt),
    },
  });
}
