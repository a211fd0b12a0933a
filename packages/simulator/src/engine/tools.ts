import type { ChatRequest, ChatTool } from "../chat-request.ts";
import { fillSchema } from "./fill.ts";
import type { Reading } from "./reading.ts";
import { asObject } from "./schema.ts";
import { meaningfulStems } from "./words.ts";

/** A tool to call, with arguments that follow its schema. */
export interface PlannedCall {
  name: string;
  /** JSON text. */
  arguments: string;
}

/**
 * Decides whether to call a tool: one that the request forces, else, once, the one whose words the question shares.
 * After a tool has answered, only a request that insists gets another call.
 */
export async function planCall(request: ChatRequest, reading: Reading): Promise<PlannedCall | null> {
  const tool = chooseTool(request, reading);
  if (tool?.function === undefined) return null;
  const { name, parameters = {} } = tool.function;
  return { name, arguments: JSON.stringify(await fillSchema({ type: "object", ...parameters }, reading)) };
}

function chooseTool(request: ChatRequest, reading: Reading): ChatTool | undefined {
  const { tool_choice: choice } = request;
  const tools = (request.tools ?? []).filter(({ type }) => type === "function");
  if (choice === "none" || tools.length === 0) return undefined;
  if (typeof choice === "object") {
    return tools.find((tool) => tool.function?.name === choice.function?.name);
  }
  const called = calledTools(request);
  const ranked = rank(tools, `${reading.question} ${reading.text.slice(0, 2_000)}`);
  const fresh = ranked.filter(({ tool }) => !called.has(tool.function?.name));
  if (choice === "required" || choice === "any") return (fresh[0] ?? ranked[0])?.tool;
  return called.size === 0 ? fresh.find(({ shared }) => shared > 0)?.tool : undefined;
}

/** Names of the tools that were called in this conversation. */
function calledTools(request: ChatRequest): ReadonlySet<unknown> {
  return new Set(
    request.messages.flatMap((message) => {
      const calls = message["tool_calls"];
      if (!Array.isArray(calls)) return [];
      return calls.map((call) => asObject(asObject(call)?.["function"])?.["name"]);
    }),
  );
}

function rank(tools: readonly ChatTool[], text: string): Array<{ tool: ChatTool; shared: number }> {
  const words = new Set(meaningfulStems(text));
  return tools
    .map((tool) => ({ tool, shared: sharedWords(tool, words) }))
    .sort((left, right) => right.shared - left.shared);
}

function sharedWords({ function: declared }: ChatTool, words: ReadonlySet<string>): number {
  const own = new Set(meaningfulStems(`${declared?.name ?? ""} ${declared?.description ?? ""}`));
  return [...own].filter((word) => words.has(word)).length;
}
