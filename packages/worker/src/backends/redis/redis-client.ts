import type * as driver from "ioredis";
import { GatheringRedis } from "./gather-writes.ts";
import { Cluster } from "./ioredis.ts";
import type { RedisTarget } from "./redis-target.ts";

/** A connection to one server, or to the nodes of a cluster. */
export type RedisClient = driver.Redis | driver.Cluster;

/** How long the first connection may take, in milliseconds. */
const CONNECT_TIMEOUT_MS = 3_000;
const MAX_RECONNECT_MS = 2_000;

const retryStrategy = (times: number) => Math.min(MAX_RECONNECT_MS, 50 * 2 ** Math.min(times, 10));

/** What differs between clients. */
export interface ClientOptions {
  lazyConnect?: boolean;
  commandTimeout?: number;
  socketTimeout: number;
  enableReadyCheck: boolean;
}

const baseOptions = {
  lazyConnect: true,
  connectTimeout: CONNECT_TIMEOUT_MS,
  maxRetriesPerRequest: null,
  retryStrategy,
} satisfies driver.RedisOptions;

/** A client of the first of the servers that is not connected yet. */
export function serverClient({ urls: [url = ""] }: RedisTarget, options: ClientOptions): driver.Redis {
  return listening(new GatheringRedis(url, { ...baseOptions, ...options }));
}

/** A client of a cluster that is not connected yet. All our keys have one hash tag: one node has them all. */
export function clusterClient({ urls }: RedisTarget, options: ClientOptions): driver.Cluster {
  const nodes = urls.map((text) => new URL(text));
  const [first] = nodes;
  const auth = first && { username: decoded(first.username), password: decoded(first.password) };
  const tls = first?.protocol === "rediss:" ? { tls: {} } : {};
  const { retryStrategy: clusterRetryStrategy, lazyConnect, ...node } = { ...baseOptions, ...options };
  return listening(
    new Cluster(
      nodes.map(({ hostname, port }) => ({ host: hostname, port: Number(port || 6379) })),
      { lazyConnect, clusterRetryStrategy, redisOptions: { ...node, ...auth, ...tls } },
    ),
  );
}

/** Every command that fails says so itself; without a listener the driver would print. */
function listening<C extends RedisClient>(client: C): C {
  client.on("error", () => {});
  return client;
}

function decoded(text: string): string | undefined {
  return text === "" ? undefined : decodeURIComponent(text);
}

/**
 * Connects, and waits for `ready`.
 *
 * @throws what the driver says, or that there was no answer within {@link CONNECT_TIMEOUT_MS}.
 */
export async function connectWithin<T>(client: RedisClient, ready: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const failed = new Promise<never>((_resolve, reject) => {
    client.once("error", reject);
    timer = setTimeout(() => reject(timedOut(CONNECT_TIMEOUT_MS)), CONNECT_TIMEOUT_MS);
  });
  const connected = client.connect().then(ready);
  // The one that is late is nobody's any more.
  connected.catch(() => {});
  try {
    return await Promise.race([connected, failed]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits no longer than `ms`; what comes later is let go. */
export async function answerWithin<T>(answer: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(timedOut(ms)), ms);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

function timedOut(ms: number): Error {
  return Object.assign(new Error(`no answer within ${ms} ms`), { code: "ETIMEDOUT" });
}
