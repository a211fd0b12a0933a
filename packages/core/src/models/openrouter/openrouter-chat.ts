import { ChatOpenAICompletions, type OpenAIClient } from "@langchain/openai";

type JsonRequest = OpenAIClient.Chat.ChatCompletionCreateParamsNonStreaming;
type StreamRequest = OpenAIClient.Chat.ChatCompletionCreateParamsStreaming;
type Reply = OpenAIClient.Chat.ChatCompletion;
type Chunk = OpenAIClient.Chat.ChatCompletionChunk;

/** How {@link OpenRouterChat} reaches the server. */
export interface OpenRouterChatOptions {
  baseUrl: string;
  /** The guarded fetch; nothing else of this object touches the network, and nothing else knows the key. */
  fetch: typeof fetch;
}

/**
 * LangChain's ChatOpenAI for OpenRouter: one HTTP request per call, whatever the answer.
 *
 * The base class would retry, and would parse structured answers inside the call so that the raw text is lost; both
 * belong to the chain above. It is the Completions class because ChatOpenAI itself moves to other endpoints by name.
 */
export class OpenRouterChat extends ChatOpenAICompletions {
  constructor(options: OpenRouterChatOptions) {
    super({
      model: "set-per-request",
      apiKey: "put-in-by-the-guard",
      maxRetries: 0,
      disableStreaming: true,
      configuration: {
        baseURL: options.baseUrl,
        maxRetries: 0,
        fetch: options.fetch,
        defaultHeaders: { "X-Title": "Sluice" },
      },
    });
  }

  override completionWithRetry(
    request: StreamRequest,
    options?: OpenAIClient.RequestOptions,
  ): Promise<AsyncIterable<Chunk>>;
  override completionWithRetry(request: JsonRequest, options?: OpenAIClient.RequestOptions): Promise<Reply>;
  override async completionWithRetry(
    request: JsonRequest | StreamRequest,
    options?: OpenAIClient.RequestOptions,
  ): Promise<Reply | AsyncIterable<Chunk>> {
    // Builds the SDK client at the first call.
    this._getClientOptions(undefined);
    return this.client.chat.completions.create(request, { ...options, maxRetries: 0 });
  }
}
