import { z } from "zod";
import type { ChatMessage } from "./chat-request.ts";

const toolCalls = z.array(z.looseObject({ id: z.string(), function: z.looseObject({ name: z.string() }) }));

/** The tool calls that a message of the assistant carries; none when they have another shape. */
export function toolCallsOf(message: ChatMessage): ReadonlyArray<{ id: string; name: string }> {
  const parsed = toolCalls.safeParse(message["tool_calls"]);
  return parsed.success ? parsed.data.map(({ id, function: { name } }) => ({ id, name })) : [];
}
