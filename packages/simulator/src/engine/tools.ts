import type { ChatMessage, ChatRequest, ChatTool } from "../chat-request.ts";
import { toolCallsOf } from "../tool-messages.ts";
import { fillSchema } from "./fill.ts";
import type { Reading } from "./reading.ts";
import { isRepairTurn } from "./source.ts";
import { meaningfulStems } from "./words.ts";

/** A tool to call, with arguments that follow its schema. */
export interface PlannedCall {
  name: string;
  /** JSON text. */
  arguments: string;
}

/**
 * Decides which tools to call: one that the request forces, else, once for each question, the one whose words the
 * question shares most. A request that allows parallel calls in so many words gets all that share any. After a
 * tool has answered, only a request that insists gets another call; `insists` makes every request one.
 */
export async function planCalls(
  request: ChatRequest,
  reading: Reading,
  insists: boolean,
): Promise<PlannedCall[]> {
  const chosen = chooseTools(request, reading, insists);
  return Promise.all(
    chosen.flatMap(({ function: declared }) => (declared === undefined ? [] : [planCall(declared, reading)])),
  );
}

async function planCall(
  { name, parameters = {} }: NonNullable<ChatTool["function"]>,
  reading: Reading,
): Promise<PlannedCall> {
  return { name, arguments: JSON.stringify(await fillSchema({ type: "object", ...parameters }, reading)) };
}

function chooseTools(request: ChatRequest, reading: Reading, insists: boolean): ChatTool[] {
  const { tool_choice: choice } = request;
  const tools = (request.tools ?? []).filter(({ type }) => type === "function");
  if (choice === "none" || tools.length === 0) return [];
  if (typeof choice === "object") {
    return tools.filter((tool) => tool.function?.name === choice.function?.name).slice(0, 1);
  }
  const called = new Set(
    turnOf(request.messages)
      .flatMap(toolCallsOf)
      .map(({ name }) => name),
  );
  const ranked = rank(tools, `${reading.question} ${reading.text.slice(0, 2_000)}`);
  const fresh = ranked.filter(({ tool }) => !called.has(tool.function?.name ?? ""));
  const fitting = fresh.filter(({ shared }) => shared > 0);
  const isForced = insists || choice === "required" || choice === "any";
  if (!isForced && called.size > 0) return [];
  const wanted = fitting.length > 0 || !isForced ? fitting : [...fresh, ...ranked].slice(0, 1);
  const most = request.parallel_tool_calls === true ? wanted.length : 1;
  return wanted.slice(0, most).map(({ tool }) => tool);
}

/** The messages since the last question; a turn that only asks for a repair does not begin a new one. */
function turnOf(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  if (isRepairTurn(messages)) return messages;
  return messages.slice(messages.findLastIndex(({ role }) => role === "user") + 1);
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
