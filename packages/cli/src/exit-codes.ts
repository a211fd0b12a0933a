import type { ErrorCode } from "@sluice/core";

/** Every exit code of the command line, once. */
export const exitCodes = {
  done: 0,
  error: 1,
  usage: 2,
  /** Finished; some runs failed. */
  someFailed: 3,
  /** Everything that is left waits for the free quota, for a person, or for the end of a pause: start again later. */
  parked: 75,
  interrupted: 130,
} as const;

/** One of {@link exitCodes}. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Errors in what was typed or named, as opposed to errors in what was then done. */
const USAGE: ReadonlySet<ErrorCode> = new Set([
  "OPTION_INVALID",
  "PIPELINE_UNKNOWN",
  "SCHEDULE_UNKNOWN",
  "DOCUMENT_NOT_FOUND",
  "CONFIG_NOT_FOUND",
]);

/** Errors that end by themselves at a stated time. */
const WAITING: ReadonlySet<ErrorCode> = new Set(["QUOTA_CLOSED", "MODELS_COOLING"]);

/** The exit code that an error ends the process with. */
export function exitCodeOf(code: ErrorCode): ExitCode {
  if (WAITING.has(code)) return exitCodes.parked;
  return USAGE.has(code) ? exitCodes.usage : exitCodes.error;
}
