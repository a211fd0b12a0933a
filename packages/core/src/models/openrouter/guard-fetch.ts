import { SluiceError } from "../../errors/sluice-error.ts";
import type { Permit } from "../../quota/ledger.ts";
import { faultPoint } from "../../shared/fault-point.ts";
import type { Catalogue } from "../catalogue.ts";
import { guardRequest } from "../free-only.ts";
import { WireFailure } from "../wire.ts";
import { headersWithoutKey, keyHider, linesWithoutKey } from "./key-echo.ts";

/** What the last guard before the network needs to know. */
export interface GuardOptions {
  /** The one address requests may go to, without a slash at the end. */
  baseUrl: string;
  /** Put into the request here, beneath everything that could tell it, and taken out of whatever comes back. */
  apiKey: string;
  /** The models as they are known now. */
  catalogue(): Catalogue;
  now(): number;
  /** The real fetch. */
  fetch: typeof fetch;
  timeouts: Timeouts;
}

/** How long one request may take, in milliseconds. */
export interface Timeouts {
  /** From sending to the reply's headers. Default 60,000. */
  headersMs: number;
  /** Between two pieces of the reply. Default 60,000. */
  idleMs: number;
  /** From sending to the reply's end. Default 180,000: slow free models take over a minute. */
  totalMs: number;
}

/** The timeouts of a request unless others are asked for. */
export const defaultTimeouts: Timeouts = { headersMs: 60_000, idleMs: 60_000, totalMs: 180_000 };

/** A reply larger than this is not read to its end. */
const MAX_REPLY_BYTES = 16 * 1024 * 1024;

/** Tells the gate through the SDK until when a request may leave; the header goes no further. */
const SEND_BY = "x-sluice-send-by";

/** What a request is given on its way to the gate, so that it does not leave under an old permit. */
export function sendBy({ sendBy }: Permit): { headers: Record<string, string> } {
  return { headers: { [SEND_BY]: String(sendBy) } };
}

/**
 * The gate at its innermost place: a `fetch` that lets nothing leave but a free chat completion to the one address.
 *
 * Whatever stands above it (SDK, LangChain, a step's options), the bytes that leave were checked here. Redirects are
 * not followed, because the key must not travel to another address.
 */
export function guardFetch(options: GuardOptions): typeof fetch {
  const hide = keyHider(options.apiKey);
  return async (input, init) => {
    const url = String(input instanceof Request ? input.url : input);
    if (url !== `${options.baseUrl}/chat/completions` || init?.method?.toUpperCase() !== "POST") {
      throw new SluiceError("NOT_FREE", {
        message: `Refused to send ${init?.method ?? "GET"} ${url}: only chat completions to ${options.baseUrl} may leave. Nothing was sent.`,
        facts: { url },
      });
    }
    const body = guardRequest(parseBody(init.body), options.catalogue(), options.now());
    const headers = new Headers(init.headers);
    // The gate has added fields, so the length that the SDK computed is no longer true.
    headers.delete("content-length");
    const lastMoment = Number(headers.get(SEND_BY) ?? Number.POSITIVE_INFINITY);
    headers.delete(SEND_BY);
    headers.set("authorization", `Bearer ${options.apiKey}`);
    const watch = new ReplyWatch(options.timeouts);
    try {
      const signal = init.signal ? AbortSignal.any([init.signal, watch.signal]) : watch.signal;
      const request = { ...init, signal, headers, body: JSON.stringify(body), redirect: "manual" } as const;
      faultPoint("beforeSend");
      if (options.now() > lastMoment) throw new WireFailure({ kind: "late" });
      const response = await options.fetch(url, request);
      faultPoint("firstByte");
      const reply = pieces(response, watch);
      const isStream = response.headers.get("content-type")?.startsWith("text/event-stream");
      const shape = { status: safeStatus(response), headers: headersWithoutKey(response.headers, hide) };
      const told = isStream
        ? ReadableStream.from(linesWithoutKey(reply, hide))
        : hide(await wholeText(reply));
      return new Response(told, shape);
    } catch (error) {
      watch.stop();
      throw watch.expired ?? error;
    }
  };
}

function parseBody(body: unknown): unknown {
  return typeof body === "string" ? JSON.parse(body) : undefined;
}

/** A refused redirect must not look like an answer. */
function safeStatus(response: Response): number {
  return response.status >= 300 && response.status < 400 ? 502 : Math.max(200, response.status);
}

/** The reply piece by piece, under the watch's times and within the size that is read. */
async function* pieces(response: Response, watch: ReplyWatch): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  try {
    for await (const piece of response.body ?? []) {
      watch.heard();
      bytes += piece.byteLength;
      if (bytes > MAX_REPLY_BYTES) throw new WireFailure({ kind: "unreadable", status: response.status });
      yield piece;
    }
    faultPoint("responseRead");
  } catch (error) {
    throw watch.expired ?? error;
  } finally {
    watch.stop();
  }
}

async function wholeText(reply: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const piece of reply) text += decoder.decode(piece, { stream: true });
  return text + decoder.decode();
}

/** Ends a request whose reply does not begin, stops coming, or takes too long. */
class ReplyWatch {
  readonly #controller = new AbortController();
  readonly #idleMs: number;
  readonly #total: NodeJS.Timeout;
  #next: NodeJS.Timeout;

  constructor({ headersMs, idleMs, totalMs }: Timeouts) {
    this.#idleMs = idleMs;
    this.#next = this.#expireAfter(headersMs);
    this.#total = this.#expireAfter(totalMs);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The failure to report when it was this watch that ended the request. */
  get expired(): WireFailure | undefined {
    return this.signal.aborted ? new WireFailure({ kind: "timeout" }) : undefined;
  }

  /** A piece of the reply has come. */
  heard(): void {
    clearTimeout(this.#next);
    this.#next = this.#expireAfter(this.#idleMs);
  }

  stop(): void {
    clearTimeout(this.#next);
    clearTimeout(this.#total);
  }

  #expireAfter(ms: number): NodeJS.Timeout {
    return setTimeout(() => this.#controller.abort(), ms);
  }
}
