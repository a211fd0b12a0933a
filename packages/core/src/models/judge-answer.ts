import { isRecord, parseJson } from "../shared/json.ts";
import type { AnswerMessage } from "./answer-message.ts";
import type { ModelRequest } from "./model-request.ts";
import type { Acceptance } from "./structured/accept-answer.ts";
import type { ToolCall, ToolSpec } from "./tool.ts";

/** Judges an answer: its tool calls by what was offered, then the whole of it by the request's own rule. */
export async function judgeAnswer<T>(
  request: Pick<ModelRequest<T>, "tools" | "toolChoice" | "accept">,
  answer: AnswerMessage,
): Promise<Acceptance<T>> {
  const { tools = [], toolChoice = "auto", accept } = request;
  // A call out of the blue beside a good text is noise; the text may well be what was asked for.
  if (tools.length === 0 && answer.text.trim() !== "") return accept({ ...answer, toolCalls: [] });
  const offered = toolChoice === "none" ? [] : tools;
  const problem =
    missingCall(answer.toolCalls, toolChoice) ??
    answer.toolCalls.map((call) => problemOf(call, offered)).find((found) => found !== undefined);
  return problem === undefined ? accept(answer) : { ok: false, problem };
}

function missingCall(
  calls: readonly ToolCall[],
  choice: NonNullable<ModelRequest<unknown>["toolChoice"]>,
): string | undefined {
  if (choice === "required" && calls.length === 0) return "No tool was called, although one must be.";
  if (typeof choice === "string" || calls.some(({ name }) => name === choice.name)) return undefined;
  return `The tool "${choice.name}" was not called, although it must be.`;
}

const SHOWN_NAME_CHARS = 64;

function problemOf(call: ToolCall, offered: readonly ToolSpec[]): string | undefined {
  if (!offered.some(({ name }) => name === call.name)) {
    const names = offered.map(({ name }) => name).join(", ");
    return `There is no tool "${call.name.slice(0, SHOWN_NAME_CHARS)}". ${names ? `The tools are: ${names}.` : "No tool may be called."}`;
  }
  return isJsonObject(call.arguments)
    ? undefined
    : `The arguments of the call of "${call.name}" are not one JSON object.`;
}

function isJsonObject(text: string): boolean {
  try {
    return isRecord(parseJson(text));
  } catch {
    return false;
  }
}
