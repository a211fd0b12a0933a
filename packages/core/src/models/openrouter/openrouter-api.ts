import { z } from "zod";
import { SluiceError } from "../../errors/sluice-error.ts";
import { type Catalogue, parseCatalogue } from "../catalogue.ts";
import { type HideKey, keyHider } from "./key-echo.ts";

const READ_TIMEOUT_MS = 15_000;

const keySchema = z.object({
  data: z.looseObject({
    usage: z.number().nullish(),
    limit: z.number().nullish(),
    is_free_tier: z.boolean().nullish(),
    free_model_daily_requests: z.looseObject({ limit: z.number(), used: z.number() }).nullish(),
  }),
});

/** What `GET /key` tells of an account; reading it costs no request of the quota. */
export interface AccountReading {
  /** Requests to free models today, as the server counts them; null when the server does not say. */
  freeRequests: { used: number; limit: number } | null;
  /** Credits spent with this key, in USD. */
  usageUsd: number;
  /** The key's own spending limit in USD, or null for none. */
  limitUsd: number | null;
  /** The server's time, epoch milliseconds, when it told. */
  serverNow: number | undefined;
}

/** The parts of OpenRouter's API that cost nothing: the account and the catalogue. */
export class OpenRouterApi {
  readonly #baseUrl: string;
  readonly #apiKey: string;
  readonly #fetch: typeof fetch;
  readonly #hideKey: HideKey;

  constructor(options: { baseUrl: string; apiKey: string; fetch: typeof fetch }) {
    this.#baseUrl = options.baseUrl;
    this.#apiKey = options.apiKey;
    this.#fetch = options.fetch;
    this.#hideKey = keyHider(options.apiKey);
  }

  /**
   * Reads the account.
   *
   * @throws SluiceError ACCOUNT_REFUSED for a bad key, SERVER_UNREACHABLE when the server cannot be reached.
   */
  async readAccount(): Promise<AccountReading> {
    const reply = await this.#get("/key");
    const parsed = keySchema.safeParse(reply.body);
    if (!parsed.success) throw this.#unavailable("/key", "the reply tells nothing of the key", parsed.error);
    const { data } = parsed.data;
    const free = data.free_model_daily_requests;
    return {
      freeRequests: free ? { used: free.used, limit: free.limit } : null,
      usageUsd: data.usage ?? 0,
      limitUsd: data.limit ?? null,
      serverNow: reply.serverNow,
    };
  }

  /**
   * Reads the models this account may use; servers that do not know `/models/user` are asked for `/models`.
   *
   * @throws SluiceError ACCOUNT_REFUSED for a bad key, SERVER_UNREACHABLE when no list can be had.
   */
  async readCatalogue(now: number): Promise<Catalogue> {
    const { body } = await this.#get("/models/user").catch((error: unknown) => {
      if (SluiceError.has(error, "ACCOUNT_REFUSED")) throw error;
      return this.#get("/models");
    });
    try {
      return parseCatalogue(body, { fetchedAt: now, source: "server" });
    } catch (cause) {
      throw this.#unavailable("/models", "the reply is no model list", cause);
    }
  }

  async #get(path: string): Promise<{ body: unknown; serverNow: number | undefined }> {
    const response = await this.#request(path);
    if (response.status === 401 || response.status === 403) {
      throw new SluiceError("ACCOUNT_REFUSED", {
        message: `${this.#baseUrl} refused the API key (HTTP ${response.status}). Check OPENROUTER_API_KEY.`,
        facts: { status: response.status },
      });
    }
    if (!response.ok) throw this.#unavailable(path, `HTTP ${response.status}`);
    try {
      const date = Date.parse(response.headers.get("date") ?? "");
      const body: unknown = JSON.parse(this.#hideKey(await response.text()));
      return { body, serverNow: Number.isNaN(date) ? undefined : date };
    } catch (cause) {
      throw this.#unavailable(path, "the reply is not JSON", cause);
    }
  }

  async #request(path: string): Promise<Response> {
    try {
      return await this.#fetch(`${this.#baseUrl}${path}`, {
        headers: { authorization: `Bearer ${this.#apiKey}` },
        redirect: "error",
        signal: AbortSignal.timeout(READ_TIMEOUT_MS),
      });
    } catch (cause) {
      throw this.#unavailable(path, "no connection", cause);
    }
  }

  #unavailable(path: string, why: string, cause?: unknown): SluiceError {
    return new SluiceError("SERVER_UNREACHABLE", {
      message: `GET ${this.#baseUrl}${path} failed: ${why}. Check the network and OPENROUTER_BASE_URL.`,
      facts: { path, why },
      cause,
    });
  }
}
