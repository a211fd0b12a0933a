import { z } from "zod";

const part = z.looseObject({ type: z.string(), text: z.string().optional() });

const message = z.looseObject({
  role: z.string(),
  content: z.union([z.string(), z.array(part), z.null()]).optional(),
});

const tool = z.looseObject({
  type: z.string(),
  function: z
    .looseObject({
      name: z.string(),
      description: z.string().optional(),
      parameters: z.record(z.string(), z.unknown()).optional(),
    })
    .optional(),
});

const price = z.union([z.number(), z.string()]).nullish();

const names = z.array(z.string()).nullish();

/** The provider preferences of a request that routing looks at. */
export const providerPreferences = z.looseObject({
  require_parameters: z.boolean().nullish(),
  allow_fallbacks: z.boolean().nullish(),
  only: names,
  order: names,
  ignore: names,
  max_price: z.looseObject({ prompt: price, completion: price, request: price, image: price }).nullish(),
});

const chatRequest = z.looseObject({
  model: z.string().optional(),
  models: z.array(z.string()).optional(),
  messages: z.array(message).min(1),
  stream: z.boolean().optional(),
  max_tokens: z.number().nullish(),
  max_completion_tokens: z.number().nullish(),
  tools: z.array(tool).optional(),
  tool_choice: z
    .union([z.string(), z.looseObject({ function: z.looseObject({ name: z.string() }).optional() })])
    .optional(),
  parallel_tool_calls: z.boolean().nullish(),
  response_format: z
    .looseObject({
      type: z.string(),
      json_schema: z.looseObject({ schema: z.record(z.string(), z.unknown()).optional() }).optional(),
    })
    .optional(),
  provider: providerPreferences.nullish(),
  plugins: z.array(z.looseObject({ id: z.string(), enabled: z.boolean().optional() })).optional(),
});

/** The parts of a chat completion request that the simulator looks at; everything else is let through. */
export type ChatRequest = z.infer<typeof chatRequest>;

/** One message of a request. */
export type ChatMessage = ChatRequest["messages"][number];

/** One tool of a request. */
export type ChatTool = NonNullable<ChatRequest["tools"]>[number];

/** Parses a request body; a string is the reason why it is refused. */
export function parseChatRequest(body: unknown): ChatRequest | string {
  const parsed = chatRequest.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return `${issue?.path.join(".") || "body"}: ${issue?.message ?? "invalid"}`;
}

/** Text of a message, whatever form its content has. */
export function messageText({ content }: ChatMessage): string {
  if (typeof content === "string") return content;
  return (content ?? []).map((item) => item.text ?? "").join("\n");
}

/** True when any message carries an image. */
export function hasImages(request: ChatRequest): boolean {
  return request.messages.some(
    ({ content }) => Array.isArray(content) && content.some(({ type }) => type === "image_url"),
  );
}

/**
 * True when the request brings something that is billed even on a free model: web search, which the account's
 * settings may add by themselves, or a server tool.
 */
export function wantsBilledExtras(request: ChatRequest, webPluginByDefault: boolean): boolean {
  const web = request.plugins?.find(({ id }) => id === "web");
  const searches = web === undefined ? webPluginByDefault : web.enabled !== false;
  return searches || (request.tools?.some(({ type }) => type !== "function") ?? false);
}

/** Output tokens the request reserves. */
export function requestedOutputTokens(request: ChatRequest): number {
  return request.max_tokens ?? request.max_completion_tokens ?? 0;
}
