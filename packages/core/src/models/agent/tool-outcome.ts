import { z } from "zod";
import { SluiceError } from "../../errors/sluice-error.ts";
import type { AgentTool } from "./agent-task.ts";

const FAILED = "The tool failed: ";
const MAX_FAILURE_CHARS = 200;

/** Errors that concern the whole run, and that no model can do anything about: they end the agent. */
const RUN_ENDING = [
  "QUOTA_CLOSED",
  "MODELS_COOLING",
  "SLEEPING",
  "WAITING",
  "ACCOUNT_HALTED",
  "ACCOUNT_REFUSED",
  "COST_DETECTED",
  "REQUEST_BUDGET",
  "RUN_CANCELLED",
  "RUN_TIMEOUT",
  "SHUTDOWN",
] as const;

/**
 * Calls a tool and gives what the model is told of it: its result, or in a few words that it failed.
 *
 * @throws The signal's reason; ParkError and the other errors that concern the whole run.
 */
export async function toolOutcome(tool: AgentTool, args: unknown, signal: AbortSignal): Promise<string> {
  try {
    const result = await tool.call(args, { signal });
    return typeof result === "string" ? result : (JSON.stringify(result) ?? "null");
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (RUN_ENDING.some((code) => SluiceError.has(error, code))) throw error;
    return failureText(error);
  }
}

/** An error as a model is told it: without its stack, without paths of this machine, at most 200 characters. */
export function failureText(error: unknown): string {
  const [message = ""] = messageOf(error).split(/\n\s*at /);
  const told = withoutPaths(message).replace(/\s+/g, " ").trim();
  return `${FAILED}${told || "no reason given"}`.slice(0, MAX_FAILURE_CHARS);
}

function messageOf(error: unknown): string {
  if (error instanceof z.ZodError) return z.prettifyError(error);
  const message: unknown = error instanceof Error ? error.message : error;
  return typeof message === "string" ? message : "";
}

/** Absolute paths of Unix and Windows, and file URLs; addresses of the web stay. */
const PATH = /(?<![\w/.])(?:file:\/\/)?(?:[a-z]:)?[\\/](?![\\/])[^\s"'`:;,()<>|]+/gi;

const withoutPaths = (text: string): string => text.replace(PATH, "(path)");
