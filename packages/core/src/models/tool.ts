import { z } from "zod";
import type { ChatBody, FunctionTool } from "./chat.ts";

/** A tool that is offered to a model. */
export interface ToolSpec {
  /** 1 to 64 letters, digits, `_` or `-`. */
  name: string;
  /** What it does and when to call it, for the model. */
  description: string;
  /** JSON schema of its arguments: an object. */
  parameters: Record<string, unknown>;
}

/** Whether the model calls a tool: as it likes, never, one of them, or this one. */
export type ToolChoice = "auto" | "none" | "required" | { name: string };

/** A tool call of an answer. */
export interface ToolCall {
  /** Names the call in the conversation; unique within an answer. */
  id: string;
  name: string;
  /** JSON text of an object, in an answer that was accepted. */
  arguments: string;
}

/** A tool call as it is stored. */
export const toolCallSchema = z.object({ id: z.string(), name: z.string(), arguments: z.string() });

/** Tools as a request offers them. */
export function functionTools(tools: readonly ToolSpec[]): FunctionTool[] {
  return tools.map(({ name, description, parameters }) => ({
    type: "function",
    function: { name, description, parameters },
  }));
}

/** True when whether to call a tool is not left to the model. */
export function isForced(choice: ToolChoice | undefined): choice is Exclude<ToolChoice, "auto"> {
  return choice !== undefined && choice !== "auto";
}

/** A choice as a request tells it; undefined for "auto", which is what servers take for granted. */
export function wireToolChoice(choice: ToolChoice | undefined): ChatBody["tool_choice"] {
  if (!isForced(choice)) return undefined;
  return typeof choice === "string" ? choice : { type: "function", function: { name: choice.name } };
}
