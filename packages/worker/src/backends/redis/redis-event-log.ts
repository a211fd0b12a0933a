import { setTimeout as sleep } from "node:timers/promises";
import { SluiceError } from "@sluice/core";
import { z } from "zod";
import { type EventLog, type FollowOptions, KEPT_ENTRIES, type LogEntry } from "../../backend/event-log.ts";
import type { RedisClient } from "./redis-client.ts";
import type { RedisConnection } from "./redis-connection.ts";
import type { RedisKeys } from "./redis-keys.ts";

/** Before the oldest entry. */
const BEGINNING = "0-0";
/** Entries that a follower takes at a time. */
const PAGE = 100;
/** How long Redis lets a follower wait for an entry; the connection counts as dead after three times as long. */
const BLOCK_MS = 5_000;
/** How long a follower waits after an error of Redis. */
const RETRY_MS = 1_000;

/** One field of an entry holds all. */
const entriesSchema = z.array(z.tuple([z.string(), z.tuple([z.literal("text"), z.string()])]));
const streamsSchema = z.array(z.tuple([z.string(), entriesSchema])).nullable();

/** The log as one stream of bounded length. */
export class RedisEventLog implements EventLog {
  readonly #connection: RedisConnection;
  readonly #key: string;
  readonly #closing = new AbortController();

  constructor(connection: RedisConnection, keys: Pick<RedisKeys, "events">) {
    this.#connection = connection;
    this.#key = keys.events;
  }

  async append(texts: readonly string[]): Promise<void> {
    if (texts.length === 0) return;
    // While Redis is away the driver would keep each attempt in memory and send it later.
    if (this.#connection.client.status !== "ready") throw away(this.#connection.location);
    await this.#connection.run(async (redis) => {
      const commands = redis.pipeline();
      for (const text of texts) commands.xadd(this.#key, "MAXLEN", "~", KEPT_ENTRIES, "*", "text", text);
      for (const [error] of (await commands.exec()) ?? []) if (error) throw error;
    });
  }

  async read(after: string | null, limit: number): Promise<LogEntry[]> {
    const from = after ?? BEGINNING;
    const answer = await this.#connection.run((redis) =>
      redis.xread("COUNT", limit, "STREAMS", this.#key, from),
    );
    return entriesOf(answer);
  }

  async newest(): Promise<string | null> {
    const answer = await this.#connection.run((redis) => redis.xrevrange(this.#key, "+", "-", "COUNT", 1));
    return entriesSchema.parse(answer)[0]?.[0] ?? null;
  }

  async *follow(
    after: string | null,
    { signal, onError = () => {} }: FollowOptions,
  ): AsyncGenerator<LogEntry[]> {
    const ended = AbortSignal.any([signal, this.#closing.signal]);
    if (ended.aborted) return;
    const client = this.#connection.openForConsumer(onError);
    const hangUp = () => client.disconnect();
    ended.addEventListener("abort", hangUp, { once: true });
    try {
      let from = after ?? BEGINNING;
      while (!ended.aborted) {
        const entries = await this.#await(client, from, { signal: ended, onError });
        from = entries.at(-1)?.position ?? from;
        if (entries.length > 0) yield entries;
      }
    } finally {
      ended.removeEventListener("abort", hangUp);
      hangUp();
    }
  }

  /** Ends all following. */
  close(): void {
    this.#closing.abort();
  }

  /** The next entries; none after some seconds, and after an error. */
  async #await(
    client: RedisClient,
    from: string,
    { signal, onError }: { signal: AbortSignal; onError(error: unknown): void },
  ): Promise<LogEntry[]> {
    try {
      const answer = client.xread("COUNT", PAGE, "BLOCK", BLOCK_MS, "STREAMS", this.#key, from);
      return entriesOf(await unlessAborted(answer, signal));
    } catch (error) {
      if (signal.aborted) return [];
      onError(error);
      await sleep(RETRY_MS, undefined, { signal }).catch(() => {});
      return [];
    }
  }
}

/** A driver that is told to disconnect while it waits to connect again never answers its commands. */
async function unlessAborted<T>(answer: Promise<T>, signal: AbortSignal): Promise<T | null> {
  let stop = () => {};
  const aborted = new Promise<null>((resolve) => {
    stop = () => resolve(null);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([answer, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
    answer.catch(() => {});
  }
}

function entriesOf(answer: unknown): LogEntry[] {
  const [stream] = streamsSchema.parse(answer) ?? [];
  return stream?.[1].map(([position, [, text]]) => ({ position, text })) ?? [];
}

function away(location: string): SluiceError {
  return new SluiceError("BACKEND_UNREACHABLE", {
    message: `Redis at ${location} is away; the events are not written now.`,
    facts: { url: location },
  });
}
