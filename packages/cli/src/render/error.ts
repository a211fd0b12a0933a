import { inspect } from "node:util";
import type { ErrorCode, StrayError } from "@sluice/core";
import { printable } from "./printable.ts";

/** The command to type next, for errors whose message cannot know it. */
const NEXT: Partial<Record<ErrorCode, string>> = {
  CONFIG_NOT_FOUND: "init my-project",
  PIPELINE_UNKNOWN: "pipelines",
  ACCOUNT_REFUSED: "doctor",
  SERVER_UNREACHABLE: "doctor",
  BACKEND_UNREACHABLE: "doctor",
  COST_DETECTED: "quota",
};

/** An error for people: its code, its message, and what to type next for this program. */
export function renderError(error: unknown, program = "sluice"): { code: ErrorCode; text: string } {
  const known = asSluiceError(error);
  if (!known) {
    const message = error instanceof Error ? error.message : String(error);
    return {
      code: "INTERNAL",
      text: `error INTERNAL: ${printable(message)}\n  Set SLUICE_DEBUG=1 to see where it comes from, and please report it.`,
    };
  }
  const next = NEXT[known.code];
  const text = `error ${known.code}: ${printableLines(known.message)}${next ? `\n  Next: ${program} ${next}` : ""}`;
  return { code: known.code, text };
}

/** What the parser could not understand. */
export function renderUsageError(message: string, program = "sluice"): string {
  const text = printableLines(message.replace(/^error: /, ""));
  return `error OPTION_INVALID: ${text}\n  Next: ${program} --help, or ${program} COMMAND --help`;
}

/** An error that nobody caught, and what follows from it. */
export function renderStray({ error, step, isFatal }: StrayError): string {
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return `error: ${printable(what)}\n  ${meaningOf(step, isFatal)}`;
}

function meaningOf(step: string | null, isFatal: boolean): string {
  if (isFatal)
    return "Nobody caught it and nobody knows whose it is: this process ends, and its runs go on in another.";
  if (step === null) return "A promise that nobody holds was rejected; everything goes on.";
  return `Step "${printable(step)}" left it behind when its function had returned; no run fails for it.`;
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
