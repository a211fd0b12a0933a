import { SluiceError } from "@sluice/core";
import { Redis, type RedisOptions } from "ioredis";

/** How long the first connection may take. */
const CONNECT_TIMEOUT_MS = 3_000;
/** How long one command may take, waiting for a reconnect included. */
const COMMAND_TIMEOUT_MS = 5_000;
/** A consumer hears from Redis at least every five seconds; silence of this length means a dead connection. */
const SOCKET_TIMEOUT_MS = 15_000;
const MAX_RECONNECT_MS = 2_000;

/** Answers by which Redis says that it cannot serve now, though it is there. */
const UNSERVED = /^(OOM|LOADING|READONLY|MISCONF|NOAUTH|NOPERM|WRONGPASS|BUSY|MASTERDOWN|CLUSTERDOWN)\b/;

/** One Redis server: a connection for commands, and the way to open more. */
export class RedisConnection {
  /** The URL without user and password. */
  readonly location: string;
  readonly client: Redis;
  readonly #url: string;

  private constructor(url: string) {
    this.#url = url;
    this.location = publicUrl(url);
    this.client = new Redis(url, {
      ...baseOptions,
      commandTimeout: COMMAND_TIMEOUT_MS,
      maxRetriesPerRequest: null,
    });
    // Every command that fails says so itself; without a listener the driver would print.
    this.client.on("error", () => {});
  }

  /**
   * Connects, within about three seconds.
   *
   * @throws SluiceError BACKEND_UNREACHABLE when no Redis answers, OPTION_INVALID when the URL is none.
   */
  static async open(url: string): Promise<RedisConnection> {
    const connection = new RedisConnection(url);
    try {
      await connectWithin(connection.client, CONNECT_TIMEOUT_MS);
      return connection;
    } catch (error) {
      connection.close();
      throw connection.#unreachable(error);
    }
  }

  /** Runs commands and translates what the driver throws. */
  async run<T>(commands: (redis: Redis) => Promise<T>): Promise<T> {
    try {
      return await commands(this.client);
    } catch (error) {
      if (isConnectionTrouble(error)) throw this.#unreachable(error);
      throw error;
    }
  }

  /** A connection for a consumer: it waits for Redis however long it is away. */
  openForConsumer(onError: (error: unknown) => void): Redis {
    const client = new Redis(this.#url, {
      ...baseOptions,
      lazyConnect: false,
      maxRetriesPerRequest: null,
      socketTimeout: SOCKET_TIMEOUT_MS,
    });
    client.on("error", onError);
    return client;
  }

  close(): void {
    this.client.disconnect();
  }

  #unreachable(error: unknown): SluiceError {
    const reason = reasonOf(error);
    return new SluiceError("BACKEND_UNREACHABLE", {
      message:
        `Redis at ${this.location} cannot be used: ${reason}. ` +
        "Start it or correct SLUICE_REDIS_URL; unset SLUICE_REDIS_URL to run embedded, without Redis.",
      facts: { url: this.location, reason },
      // Not the driver's own error: it carries the command, and that may be AUTH with the password.
      cause: new Error(reason),
    });
  }
}

const baseOptions = {
  lazyConnect: true,
  connectTimeout: CONNECT_TIMEOUT_MS,
  retryStrategy: (times: number) => Math.min(MAX_RECONNECT_MS, 50 * 2 ** Math.min(times, 10)),
} satisfies RedisOptions;

async function connectWithin(client: Redis, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const failed = new Promise<never>((_resolve, reject) => {
    client.once("error", reject);
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  try {
    await Promise.race([client.connect(), failed]);
  } finally {
    clearTimeout(timer);
  }
}

function isConnectionTrouble(error: unknown): boolean {
  if (!(error instanceof Error) || SluiceError.is(error)) return false;
  if (error.name === "ReplyError") return UNSERVED.test(error.message);
  return error.name === "MaxRetriesPerRequestError" || "code" in error || CLOSED.test(error.message);
}

const CLOSED = /Connection is closed|Command timed out|Stream isn't writeable|Socket timeout/;

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.trim().replace(/\.$/, "") || "the connection failed";
}

/** @throws SluiceError OPTION_INVALID */
function publicUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== "redis:" && parsed?.protocol !== "rediss:") {
    throw new SluiceError("OPTION_INVALID", {
      message:
        "SLUICE_REDIS_URL must be a URL that begins with redis:// or rediss://, as in redis://localhost:6379.",
      facts: { option: "SLUICE_REDIS_URL" },
    });
  }
  return `${parsed.protocol}//${parsed.host}${parsed.pathname === "/" ? "" : parsed.pathname}`;
}
