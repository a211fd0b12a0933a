import {
  type ErrorCode,
  ParkError,
  type RunState,
  SluiceError,
  WaitingError,
  type WaitingFor,
} from "@sluice/core";
import { isPassing } from "./patience.ts";

/** What becomes of a run whose execution threw. */
export type FailureDecision =
  | { kind: "fail" }
  /** Nothing is wrong with the run: it waits, and no retry is counted. */
  | { kind: "park"; until: number; why: string }
  /** A person is asked. */
  | { kind: "wait"; for: WaitingFor }
  /** The failure may pass by itself: the run waits, and the retry is counted. */
  | { kind: "retry"; until: number; why: string }
  /** The account is closed to everybody, or the store to this worker: the run waits untouched and the worker stops. */
  | { kind: "halt"; until: number; why: string };

/** Failures of the world around the run, and how often a run waits them out. */
const RETRIES: Partial<Record<ErrorCode, number>> = {
  SERVER_UNREACHABLE: 6,
  CHAIN_EXHAUSTED: 2,
  // Another project's run on a shared store: a worker that knows it will take it.
  PIPELINE_UNKNOWN: 8,
};

/** What this worker cannot mend by waiting, and another may do better. */
const UNUSABLE: readonly ErrorCode[] = ["BACKEND_NEWER", "BACKEND_REFUSED"];

const HALTING: readonly ErrorCode[] = ["ACCOUNT_HALTED", "ACCOUNT_REFUSED", "COST_DETECTED"];

/** A store that is away is waited for when the run is parked; this is only to let it breathe. */
const STORE_PAUSE_MS = 1_000;

const FIRST_RETRY_MS = 10_000;
const HALT_MS = 60_000;

/** Decides from the error's code and the run's own history; never from a message. */
export function decideFailure(
  error: unknown,
  state: Pick<RunState, "retries">,
  now: number,
): FailureDecision {
  if (!SluiceError.is(error)) return { kind: "fail" };
  if (error instanceof ParkError) return { kind: "park", until: Math.ceil(error.until), why: error.why };
  if (error instanceof WaitingError) {
    const { step, question, until } = error;
    return { kind: "wait", for: { step, question, until } };
  }
  if (isPassing(error)) return { kind: "park", until: now + STORE_PAUSE_MS, why: error.code };
  if (UNUSABLE.includes(error.code)) return { kind: "halt", until: now + HALT_MS, why: error.code };
  if (HALTING.includes(error.code)) return { kind: "halt", until: now + HALT_MS, why: "account halted" };
  if (state.retries < (RETRIES[error.code] ?? 0)) {
    return { kind: "retry", until: now + FIRST_RETRY_MS * 2 ** state.retries, why: error.code };
  }
  return { kind: "fail" };
}
