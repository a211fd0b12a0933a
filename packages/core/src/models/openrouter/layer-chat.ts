import { ChatOpenAICompletions, type OpenAIClient } from "@langchain/openai";
import { SluiceError } from "../../errors/sluice-error.ts";
import { estimateTokens } from "../../shared/token-estimate.ts";
import type { AnswerMessage } from "../answer-message.ts";
import type { AsksModels } from "../model-layer.ts";
import type { CallContext, ModelRequest } from "../model-request.ts";
import type { Task } from "../profiles.ts";
import { acceptFormat } from "./accept-format.ts";
import { chunksOf, completionOf } from "./chat-completion.ts";
import { type AskedByLangChain, readChatParams } from "./chat-params.ts";

type JsonRequest = OpenAIClient.Chat.ChatCompletionCreateParamsNonStreaming;
type StreamRequest = OpenAIClient.Chat.ChatCompletionCreateParamsStreaming;
type Completion = OpenAIClient.Chat.ChatCompletion;
type Chunk = OpenAIClient.Chat.ChatCompletionChunk;

/** What a {@link LayerChat} asks, and for whom. */
export interface LayerChatOptions {
  layer: AsksModels;
  call: CallContext;
  /** "auto" chooses by the messages' text. */
  task: Task | "auto";
  /** Only these ids, in this order; default the router's choice. */
  models?: readonly string[] | undefined;
  /** Default 0. */
  temperature?: number | undefined;
  /** Tokens reserved for the answer. Default 2,048. */
  maxOutputTokens?: number | undefined;
  /** How often a model is shown its invalid answer and asked again. Default 1. */
  maxRepairs?: number | undefined;
  /** Take answers from the cache, and store them there. Default true. */
  cache?: boolean | undefined;
}

/** The layer has its own addresses; this one is never asked. */
const NO_SERVER = "https://layer.invalid";

/**
 * The model layer with the face of a LangChain chat model: `invoke`, `stream`, `batch`, `bindTools`,
 * `withStructuredOutput` and agents all come down to one question to the layer, with its cache, its quota, its choice
 * of models and its repairs.
 *
 * It overrides the one method that everything passes through. The base is the Completions class because ChatOpenAI
 * itself makes copies of its own class for tools and schemas, and moves to other endpoints by a model's name.
 */
export class LayerChat extends ChatOpenAICompletions {
  // A trace would write down the options, functions included.
  override lc_serializable = false;
  readonly #options: LayerChatOptions;

  constructor(options: LayerChatOptions) {
    const { temperature = 0, maxOutputTokens = 2_048 } = options;
    super({
      model: "sluice",
      apiKey: "not-used",
      temperature,
      maxTokens: maxOutputTokens,
      maxRetries: 0,
      // An address of its own keeps the environment from naming one.
      configuration: { baseURL: NO_SERVER, maxRetries: 0, fetch: refuseToSend },
    });
    this.#options = options;
  }

  static override lc_name(): string {
    return "LayerChat";
  }

  /** LangChain then asks for JSON by schema instead of through a tool that must be called. */
  override get profile(): { structuredOutput: boolean; toolCalling: boolean } {
    return { structuredOutput: true, toolCalling: true };
  }

  /** An estimate; the base class would download a vocabulary. */
  override async getNumTokens(content: unknown): Promise<number> {
    return estimateTokens(typeof content === "string" ? content : JSON.stringify(content));
  }

  override completionWithRetry(
    request: StreamRequest,
    options?: OpenAIClient.RequestOptions,
  ): Promise<AsyncIterable<Chunk>>;
  override completionWithRetry(
    request: JsonRequest,
    options?: OpenAIClient.RequestOptions,
  ): Promise<Completion>;
  override async completionWithRetry(
    request: JsonRequest | StreamRequest,
    options?: OpenAIClient.RequestOptions,
  ): Promise<Completion | AsyncIterable<Chunk>> {
    const { layer, call } = this.#options;
    const signals = [call.signal, options?.signal].filter((signal) => signal instanceof AbortSignal);
    const signal = signals.length > 0 ? AbortSignal.any(signals) : undefined;
    const question = questionOf(readChatParams(request), this.#options);
    const completion = completionOf(await layer.ask(question, { ...call, signal }));
    return request.stream ? chunksOf(completion) : completion;
  }
}

function questionOf(asked: AskedByLangChain, options: LayerChatOptions): ModelRequest<AnswerMessage> {
  const { format, messages, tools, toolChoice } = asked;
  const { task, models, maxRepairs = 1, cache = true } = options;
  return {
    messages,
    task,
    models,
    answer: typeof format === "string" ? undefined : format,
    tools: tools.length > 0 ? tools : undefined,
    toolChoice: tools.length > 0 ? toolChoice : undefined,
    accept: acceptFormat(format),
    temperature: asked.temperature ?? options.temperature ?? 0,
    maxOutputTokens: asked.maxOutputTokens ?? options.maxOutputTokens ?? 2_048,
    maxRepairs,
    cache,
  };
}

async function refuseToSend(): Promise<never> {
  throw new SluiceError("NOT_FREE", {
    message: "LayerChat sends nothing itself: only chat completions can be asked, through the model layer.",
  });
}
