import { z } from "zod";

/** A piece of a message: text, or an image as a `data:` or https URL. */
export type ContentPart = { type: "text"; text: string } | { type: "image_url"; image_url: { url: string } };

/** A tool call as it stands in a message, in the form of OpenAI's chat completions. `arguments` is JSON text. */
export interface FunctionCall {
  id: string;
  type: "function";
  function: { name: string; arguments: string };
}

/**
 * One message to a model, in the form of OpenAI's chat completions. An assistant message with tool calls is followed by
 * one `tool` message for each of them.
 */
export type ChatMessage =
  | { role: "user"; content: string | ContentPart[] }
  | { role: "system"; content: string }
  | { role: "assistant"; content: string; tool_calls?: FunctionCall[] }
  | { role: "tool"; content: string; tool_call_id: string };

/** The text of a message, without its images. */
export function textOf({ content }: ChatMessage): string {
  if (typeof content === "string") return content;
  return content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
}

/** How many images a message holds. */
export function imagesIn({ content }: ChatMessage): number {
  return typeof content === "string" ? 0 : content.filter(({ type }) => type === "image_url").length;
}

/** The tool calls that a message holds. */
export function callsOf(message: ChatMessage): readonly FunctionCall[] {
  return message.role === "assistant" ? (message.tool_calls ?? []) : [];
}

/** A tool as a request offers it. */
export interface FunctionTool {
  type: "function";
  function: { name: string; description: string; parameters: Record<string, unknown> };
}

/** The body of one chat completion, before the gate adds its guards. */
export interface ChatBody {
  model: string;
  messages: readonly ChatMessage[];
  max_tokens?: number;
  temperature?: number;
  response_format?: {
    type: "json_schema";
    json_schema: { name: string; strict: boolean; schema: Record<string, unknown> };
  };
  tools?: FunctionTool[];
  tool_choice?: "none" | "required" | { type: "function"; function: { name: string } };
}

/** What a request and its answer took, as the server counted it. */
export interface TokenUsage {
  promptTokens: number;
  completionTokens: number;
}

/** An error as it appears in bodies: at the top, or inside a choice. */
export const errorBodySchema = z.looseObject({
  code: z.union([z.number(), z.string()]).optional(),
  message: z.string().optional(),
  metadata: z.looseObject({}).nullish(),
  availability: z.looseObject({ code: z.string().optional(), retry_after: z.number().nullish() }).nullish(),
});

/** An error as it appears in bodies. */
export type ErrorBody = z.infer<typeof errorBodySchema>;

/** A tool call of a reply. What a model left out or wrote in another form is judged later, not here. */
const replyCallSchema = z.looseObject({
  id: z.string().nullish().catch(null),
  function: z
    .looseObject({ name: z.string().nullish().catch(null), arguments: z.unknown() })
    .nullish()
    .catch(null),
});

/** The parts of a reply that Sluice reads; everything else is let through unread. */
export const chatReplySchema = z.looseObject({
  model: z.string().optional(),
  error: errorBodySchema.nullish(),
  choices: z
    .array(
      z.looseObject({
        finish_reason: z.string().nullish(),
        error: errorBodySchema.nullish(),
        message: z
          .looseObject({ content: z.string().nullish(), tool_calls: z.array(replyCallSchema).nullish() })
          .nullish(),
      }),
    )
    .nullish(),
  usage: z
    .looseObject({
      prompt_tokens: z.number().optional(),
      completion_tokens: z.number().optional(),
      cost: z.number().nullish(),
      server_tool_use_details: z.looseObject({ tool_calls_executed: z.number().nullish() }).nullish(),
    })
    .nullish(),
});

/** A parsed reply of HTTP status 200. */
export type ChatReply = z.infer<typeof chatReplySchema>;
