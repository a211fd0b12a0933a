import { SluiceError } from "../../errors/sluice-error.ts";
import type { ToolSpec } from "../tool.ts";

/** What servers take as a tool's name. */
const NAME = /^[a-zA-Z0-9_-]{1,64}$/;

/** LangChain takes a call of such a tool for the agent's end. */
const RESERVED = /^extract-/;

/**
 * Refuses tools that no server, or no agent, could call.
 *
 * @throws SluiceError PIPELINE_INVALID for a name that is not usable or stands twice.
 */
export function assertTools(tools: readonly ToolSpec[]): void {
  const names = new Set<string>();
  for (const { name } of tools) {
    const rule = whyUnusable(name, names);
    names.add(name);
    if (rule === undefined) continue;
    throw new SluiceError("PIPELINE_INVALID", {
      message: `The tool name ${JSON.stringify(name)} is not usable: ${rule}.`,
      facts: { tool: name, rule },
    });
  }
}

/** Why a tool cannot have this name beside those that are taken; undefined when it can. */
export function whyUnusable(name: string, taken: ReadonlySet<string>): string | undefined {
  if (!NAME.test(name)) return "it must be 1 to 64 letters, digits, _ or -";
  if (RESERVED.test(name)) return 'it must not begin with "extract-"';
  return taken.has(name) ? "another tool of the agent has it" : undefined;
}
