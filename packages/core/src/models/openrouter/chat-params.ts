import { z } from "zod";
import { SluiceError } from "../../errors/sluice-error.ts";
import type { ChatMessage, ContentPart } from "../chat.ts";
import type { AnswerSchema } from "../structured/answer-schema.ts";
import type { ToolChoice, ToolSpec } from "../tool.ts";

/** What LangChain asks for in one request, in the layer's own words. */
export interface AskedByLangChain {
  messages: ChatMessage[];
  tools: ToolSpec[];
  toolChoice: ToolChoice;
  /** Text in any form, any JSON value, or JSON that fits a schema. */
  format: "text" | "json" | AnswerSchema;
  temperature: number | undefined;
  maxOutputTokens: number | undefined;
}

const jsonObject = z.record(z.string(), z.unknown());

const partSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("text"), text: z.string() }),
  z.object({
    type: z.literal("image_url"),
    image_url: z.union([z.string().transform((url) => ({ url })), z.object({ url: z.string() })]),
  }),
]);

const callSchema = z.object({
  id: z.string(),
  type: z.literal("function"),
  function: z.object({ name: z.string(), arguments: z.string() }),
});

const messageSchema = z.object({
  role: z.enum(["system", "developer", "user", "assistant", "tool"]),
  content: z.union([z.string(), z.array(partSchema), z.null()]).optional(),
  tool_calls: z.array(callSchema).nullish(),
  tool_call_id: z.string().optional(),
  function_call: z.undefined().optional(),
});

const toolSchema = z.object({
  type: z.literal("function"),
  function: z.object({
    name: z.string(),
    description: z.string().default(""),
    parameters: jsonObject.default({ type: "object", properties: {} }),
  }),
});

const choiceSchema = z.union([
  z.enum(["auto", "none", "required"]),
  z
    .object({ type: z.literal("function"), function: z.object({ name: z.string() }) })
    .transform(({ function: { name } }) => ({ name })),
]);

const formatSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("text") }),
  z.object({ type: z.literal("json_object") }),
  z.object({
    type: z.literal("json_schema"),
    json_schema: z.object({ name: z.string(), schema: jsonObject }),
  }),
]);

/** The layer chooses the model and the way, and it counts tokens itself: these ask for nothing that it does not do. */
const LEFT_TO_THE_LAYER = {
  model: z.unknown().optional(),
  stream: z.unknown().optional(),
  stream_options: z.unknown().optional(),
  user: z.unknown().optional(),
  parallel_tool_calls: z.unknown().optional(),
  prompt_cache_key: z.unknown().optional(),
  prompt_cache_retention: z.unknown().optional(),
  n: z.literal(1).optional(),
};

/** Every parameter that the layer can answer for. One that is not named here is refused, because it would not be kept. */
const paramsSchema = z.strictObject({
  ...LEFT_TO_THE_LAYER,
  messages: z.array(messageSchema).min(1),
  tools: z.array(toolSchema).optional(),
  tool_choice: choiceSchema.optional(),
  response_format: formatSchema.optional(),
  temperature: z.number().optional(),
  max_tokens: z.number().optional(),
});

/**
 * Reads a chat completion request as LangChain would send it.
 *
 * @throws SluiceError OPTION_INVALID for a parameter that the layer does not know; nothing has been sent then.
 */
export function readChatParams(params: object): AskedByLangChain {
  const given = Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined));
  const parsed = paramsSchema.safeParse(given);
  if (!parsed.success) throw refused(parsed.error);
  const { messages, tools = [], tool_choice: toolChoice = "auto", response_format: format } = parsed.data;
  return {
    messages: messages.map(toChatMessage),
    tools: tools.map(({ function: spec }) => spec),
    toolChoice,
    format: formatOf(format),
    temperature: parsed.data.temperature,
    maxOutputTokens: parsed.data.max_tokens,
  };
}

function formatOf(format: z.infer<typeof formatSchema> | undefined): AskedByLangChain["format"] {
  switch (format?.type) {
    case "json_schema":
      return { name: format.json_schema.name, schema: format.json_schema.schema };
    case "json_object":
      return "json";
    default:
      return "text";
  }
}

function toChatMessage(message: z.infer<typeof messageSchema>): ChatMessage {
  const content = message.content ?? "";
  switch (message.role) {
    case "user":
      return { role: "user", content };
    case "system":
    case "developer":
      return { role: "system", content: textOnly(content) };
    case "tool":
      return { role: "tool", content: textOnly(content), tool_call_id: message.tool_call_id ?? "" };
    case "assistant": {
      const calls = message.tool_calls ?? [];
      return {
        role: "assistant",
        content: textOnly(content),
        ...(calls.length > 0 && { tool_calls: calls }),
      };
    }
  }
}

function textOnly(content: string | ContentPart[]): string {
  if (typeof content === "string") return content;
  return content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
}

function refused(error: z.ZodError): SluiceError {
  const names = error.issues.flatMap((issue) =>
    issue.code === "unrecognized_keys" ? issue.keys : [issue.path.join(".")],
  );
  return new SluiceError("OPTION_INVALID", {
    message: `The chat request holds what Sluice cannot answer for: ${names.join(", ")}. Take it out of modelKwargs, of the call options or of the message; nothing was sent.`,
    facts: { parameters: names },
    cause: error,
  });
}
