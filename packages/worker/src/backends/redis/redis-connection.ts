import { SluiceError } from "@sluice/core";
import {
  answerWithin,
  type ClientOptions,
  clusterClient,
  connectWithin,
  type RedisClient,
  serverClient,
} from "./redis-client.ts";
import { redisError } from "./redis-errors.ts";
import { type RedisInfo, readInfo, worstOf } from "./redis-info.ts";
import { type RedisTarget, readTarget } from "./redis-target.ts";

/** How long one command may take, waiting for a reconnect included. */
const COMMAND_TIMEOUT_MS = 5_000;
/** A server that owes an answer for so long is gone: the connection is dropped and made anew. */
const SOCKET_TIMEOUT_MS = 6_000;
/** A consumer hears from Redis at least every five seconds; silence of this length means a dead connection. */
const CONSUMER_SOCKET_TIMEOUT_MS = 15_000;

/** One Redis, a server or a cluster: a connection for commands, and the way to open more. */
export class RedisConnection {
  readonly target: RedisTarget;
  /** What it told of itself when it was opened. */
  readonly info: RedisInfo;
  readonly client: RedisClient;

  readonly #translate = (error: unknown): never => {
    throw redisError(error, this.location);
  };

  private constructor(target: RedisTarget, info: RedisInfo, client: RedisClient) {
    this.target = target;
    this.info = info;
    this.client = client;
  }

  /**
   * Connects, within about three seconds for each URL, and finds out by itself whether it is a cluster.
   *
   * @throws SluiceError BACKEND_UNREACHABLE when no Redis answers, BACKEND_REFUSED when it does not let the user in,
   *   OPTION_INVALID when the URL is none.
   */
  static async open(url: string): Promise<RedisConnection> {
    const given = readTarget(url);
    let failure: unknown;
    for (const one of given.urls) {
      // Whoever answers first is asked first from now on, with its user and password.
      const target = { ...given, urls: [one, ...given.urls.filter((other) => other !== one)] };
      try {
        const { info, client } = await connect(target);
        return new RedisConnection(target, info, client);
      } catch (error) {
        failure = error;
      }
    }
    throw redisError(failure, given.location);
  }

  /** The URL without user and password. */
  get location(): string {
    return this.target.location;
  }

  /**
   * Runs commands and translates what the driver throws.
   *
   * @throws SluiceError BACKEND_UNREACHABLE within about five seconds, BACKEND_FULL, BACKEND_REFUSED.
   */
  run<T>(commands: (redis: RedisClient) => Promise<T>): Promise<T> {
    const answer = commands(this.client);
    // A command that waits for a node to come back has no time-out of the driver's.
    return (this.info.isCluster ? answerWithin(answer, COMMAND_TIMEOUT_MS) : answer).catch(this.#translate);
  }

  /** A connection for a consumer: it waits for Redis however long it is away. */
  openForConsumer(onError: (error: unknown) => void): RedisClient {
    const options = {
      lazyConnect: false,
      socketTimeout: CONSUMER_SOCKET_TIMEOUT_MS,
      enableReadyCheck: this.info.isTold,
    };
    const client = newClient(this.target, this.info, options);
    client.on("error", (error: unknown) => onError(redisError(error, this.location)));
    return client;
  }

  close(): void {
    this.client.disconnect();
  }
}

/** A server that is still loading says so to each command: that is sooner, and clearer, than to wait for it. */
const sharedOptions = {
  commandTimeout: COMMAND_TIMEOUT_MS,
  socketTimeout: SOCKET_TIMEOUT_MS,
  enableReadyCheck: false,
} satisfies ClientOptions;

/** What a connection is made of. */
interface Connected {
  info: RedisInfo;
  client: RedisClient;
}

async function connect(target: RedisTarget): Promise<Connected> {
  const server = serverClient(target, sharedOptions);
  try {
    const info = await connectWithin(server, () => readInfo(server));
    if (!info.isCluster) {
      if (target.urls.length > 1) throw notOneCluster(target);
      return { info, client: server };
    }
    const cluster = await connectToCluster(target);
    server.disconnect();
    return cluster;
  } catch (error) {
    server.disconnect();
    throw error;
  }
}

/** Our slot may move to any of the masters: what is wrong with one of them counts. */
async function connectToCluster(target: RedisTarget): Promise<Connected> {
  const cluster = clusterClient(target, sharedOptions);
  try {
    const infos = await connectWithin(cluster, () => Promise.all(cluster.nodes("master").map(readInfo)));
    return { info: worstOf(infos), client: cluster };
  } catch (error) {
    cluster.disconnect();
    throw error;
  }
}

function newClient(target: RedisTarget, { isCluster }: RedisInfo, options: ClientOptions): RedisClient {
  return (isCluster ? clusterClient : serverClient)(target, options);
}

function notOneCluster({ location }: RedisTarget): SluiceError {
  return new SluiceError("OPTION_INVALID", {
    message: `SLUICE_REDIS_URL names several servers (${location}), which only nodes of one cluster can be; give one URL.`,
    facts: { option: "SLUICE_REDIS_URL", url: location },
  });
}
