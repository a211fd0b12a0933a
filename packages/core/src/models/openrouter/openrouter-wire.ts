import { z } from "zod";
import { SluiceError } from "../../errors/sluice-error.ts";
import type { Permit } from "../../quota/ledger.ts";
import { isRecord } from "../../shared/json.ts";
import { type ChatBody, type ChatReply, chatReplySchema, errorBodySchema } from "../chat.ts";
import { type SendOptions, type Wire, WireFailure } from "../wire.ts";
import { sendBy } from "./guard-fetch.ts";
import type { OpenRouterChat } from "./openrouter-chat.ts";
import { readStream } from "./reply-stream.ts";

/** The wire to OpenRouter: one permit, one request, one reply or one {@link WireFailure}. */
export class OpenRouterWire implements Wire {
  readonly #chat: () => Promise<OpenRouterChat>;
  readonly #spent = new WeakSet<Permit>();

  /** @param chat makes the LangChain model at the first request, so that nothing is loaded before it is needed. */
  constructor(chat: () => Promise<OpenRouterChat>) {
    this.#chat = chat;
  }

  async prepare(): Promise<void> {
    await this.#chat();
  }

  async send(body: ChatBody, { permit, signal, onToken }: SendOptions): Promise<ChatReply> {
    if (this.#spent.has(permit)) {
      throw new SluiceError("INTERNAL", { message: "A permit was used for a second request." });
    }
    this.#spent.add(permit);
    const chat = await this.#chat();
    const request = { ...body, messages: [...body.messages] };
    // A signal of its own for each request: the SDK leaves a listener on the one it gets.
    const options = { ...sendBy(permit), ...(signal && { signal: AbortSignal.any([signal]) }) };
    try {
      if (!onToken) return readReply(await chat.completionWithRetry({ ...request, stream: false }, options));
      return await readStream(await chat.completionWithRetry({ ...request, stream: true }, options), onToken);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw toFailure(error);
    }
  }
}

function readReply(reply: unknown): ChatReply {
  const parsed = chatReplySchema.safeParse(reply);
  if (parsed.success) return parsed.data;
  throw new WireFailure({ kind: "unreadable", status: 200, cause: parsed.error });
}

function toFailure(error: unknown): Error {
  const known = causes(error).find((cause) => SluiceError.is(cause) || cause instanceof WireFailure);
  if (known) return known;
  if (isRecord(error) && typeof error["status"] === "number") return httpFailure(error, error["status"]);
  if (error instanceof SyntaxError || error instanceof z.ZodError)
    return new WireFailure({ kind: "unreadable", status: 200, cause: error });
  return new WireFailure({ kind: "network", neverLeft: neverLeft(error), cause: error });
}

function httpFailure(error: Record<string, unknown>, status: number): WireFailure {
  const headers = error["headers"] instanceof Headers ? Object.fromEntries(error["headers"]) : {};
  const body = errorBodySchema.safeParse(error["error"]);
  return new WireFailure({ kind: "http", status, headers, error: body.data, cause: error });
}

/** Failures of making the connection: the request itself was never written. */
const CONNECT_CODES = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "ERR_SSL_WRONG_VERSION_NUMBER",
  "ERR_SSL_PACKET_LENGTH_TOO_LONG",
]);

function neverLeft(error: unknown): boolean {
  return causes(error).some((cause) => "code" in cause && CONNECT_CODES.has(String(cause.code)));
}

function causes(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let at = error; at instanceof Error && chain.length < 8; at = at.cause) {
    chain.push(at);
    if (at instanceof AggregateError) chain.push(...at.errors.filter((one) => one instanceof Error));
  }
  return chain;
}
