import { inspect } from "node:util";
import type { ErrorCode } from "@sluice/core";
import { printable } from "./printable.ts";

/** What to type next, for errors whose message cannot know it. */
const NEXT: Partial<Record<ErrorCode, string>> = {
  CONFIG_NOT_FOUND: "sluice init my-project",
  PIPELINE_UNKNOWN: "sluice pipelines",
  ACCOUNT_REFUSED: "sluice doctor",
  SERVER_UNREACHABLE: "sluice doctor",
  BACKEND_UNREACHABLE: "sluice doctor",
  COST_DETECTED: "sluice quota",
};

/** An error for people: its code, its message, and what to type next. */
export function renderError(error: unknown): { code: ErrorCode; text: string } {
  const known = asSluiceError(error);
  if (!known) {
    const message = error instanceof Error ? error.message : String(error);
    return {
      code: "INTERNAL",
      text: `error INTERNAL: ${printable(message)}\n  Set SLUICE_DEBUG=1 to see where it comes from, and please report it.`,
    };
  }
  const next = NEXT[known.code];
  const text = `error ${known.code}: ${printableLines(known.message)}${next ? `\n  Next: ${next}` : ""}`;
  return { code: known.code, text };
}

/** What the parser could not understand. */
export function renderUsageError(message: string): string {
  const text = printableLines(message.replace(/^error: /, ""));
  return `error OPTION_INVALID: ${text}\n  Next: sluice --help, or sluice COMMAND --help`;
}

/** The error with its stack and causes, for SLUICE_DEBUG. */
export function renderStack(error: unknown): string {
  return inspect(error, { depth: 6, colors: false });
}

/** Known by its brand, so that this file needs nothing loaded: it also renders usage errors. */
function asSluiceError(error: unknown): { code: ErrorCode; message: string } | undefined {
  if (!(error instanceof Error) || !(Symbol.for("sluice.error") in error) || !("code" in error)) return;
  return { code: error.code as ErrorCode, message: error.message };
}

function printableLines(message: string): string {
  return message
    .split("\n")
    .map((line) => printable(line))
    .join("\n  ");
}
