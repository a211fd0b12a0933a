import { SluiceError } from "../../errors/sluice-error.ts";
import type { Catalogue } from "../catalogue.ts";
import { guardRequest } from "../free-only.ts";

/** What the last guard before the network needs to know. */
export interface GuardOptions {
  /** The one address requests may go to, without a slash at the end. */
  baseUrl: string;
  /** The models as they are known now. */
  catalogue(): Catalogue;
  now(): number;
  /** The real fetch. */
  fetch: typeof fetch;
}

/** A reply larger than this is not read to its end. */
const MAX_REPLY_BYTES = 16 * 1024 * 1024;

/**
 * The gate at its innermost place: a `fetch` that lets nothing leave but a free chat completion to the one address.
 *
 * Whatever stands above it (SDK, LangChain, a step's options), the bytes that leave were checked here. Redirects are
 * not followed, because the key must not travel to another address.
 */
export function guardFetch(options: GuardOptions): typeof fetch {
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
    const response = await options.fetch(url, {
      ...init,
      headers,
      body: JSON.stringify(body),
      redirect: "manual",
    });
    return new Response(await readCapped(response), {
      status: safeStatus(response),
      headers: response.headers,
    });
  };
}

function parseBody(body: unknown): unknown {
  return typeof body === "string" ? JSON.parse(body) : undefined;
}

/** A refused redirect must not look like an answer. */
function safeStatus(response: Response): number {
  return response.status >= 300 && response.status < 400 ? 502 : Math.max(200, response.status);
}

async function readCapped(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_REPLY_BYTES) throw new Error(`reply over ${MAX_REPLY_BYTES} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
