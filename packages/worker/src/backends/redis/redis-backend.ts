import { type Clock, SluiceError, systemClock } from "@sluice/core";
import type { Backend } from "../../backend/backend.ts";
import { type LockSettings, shortLock } from "../bull-settings.ts";
import { LazyQueue } from "../lazy-queue.ts";
import { RedisCache } from "./redis-cache.ts";
import { RedisCell } from "./redis-cell.ts";
import { RedisCheckpoints } from "./redis-checkpoints.ts";
import { RedisConnection } from "./redis-connection.ts";
import { describeRedis } from "./redis-facts.ts";
import { redisKeys } from "./redis-keys.ts";
import { RedisRunStore } from "./redis-run-store.ts";
import { readSetting } from "./redis-settings.ts";

/** What {@link openRedisBackend} is opened with. */
export interface RedisBackendOptions {
  /** `redis://` or `rediss://`, with user and password if needed. */
  url: string;
  /** Keeps installations apart that share one Redis. Default `sluice`. */
  prefix?: string | undefined;
  /** Replaces the time of Redis and of this machine; for tests. */
  clock?: Clock | undefined;
  /** Default: a lock of 6 s, and a look for lost runs every 1.5 s: the runs of a dead process are back within 10 s. */
  lock?: LockSettings | undefined;
}

/**
 * Opens the backend on Redis: any number of processes on any number of machines share it.
 *
 * @throws SluiceError BACKEND_UNREACHABLE within about three seconds when no Redis answers.
 * @throws SluiceError OPTION_INVALID when the URL or prefix is none, or Redis is set to evict keys.
 */
export async function openRedisBackend(options: RedisBackendOptions): Promise<Backend> {
  const { url, prefix = "sluice", clock, lock = shortLock } = options;
  checkPrefix(prefix);
  const connection = await RedisConnection.open(url);
  const keys = redisKeys(prefix);
  try {
    await refuseEviction(connection);
  } catch (error) {
    connection.close();
    throw error;
  }
  return {
    kind: "redis",
    location: connection.location,
    isShared: true,
    runs: new RedisRunStore(connection, keys),
    queue: new LazyQueue(async () => {
      const { openRedisQueue } = await import("./redis-queue.ts");
      return openRedisQueue(connection, keys.root, lock);
    }),
    checkpoints: new RedisCheckpoints(connection, keys),
    cache: new RedisCache(connection, keys, clock ?? systemClock),
    cell: (name) => new RedisCell(connection, keys.cell(name), clock),
    describe: () => describeRedis(connection),
    close: async () => connection.close(),
  };
}

/** An evicting Redis drops jobs and results without a word as soon as its memory is full. */
async function refuseEviction(connection: RedisConnection): Promise<void> {
  const policy = await readSetting(connection, "maxmemory-policy");
  if (policy === null || policy === "noeviction") return;
  throw new SluiceError("OPTION_INVALID", {
    message:
      `Redis at ${connection.location} may evict keys (maxmemory-policy is ${policy}) and would lose runs. ` +
      "Set it with: redis-cli config set maxmemory-policy noeviction.",
    facts: { url: connection.location, policy },
  });
}

function checkPrefix(prefix: string): void {
  if (/^[\w.-]{1,64}$/.test(prefix)) return;
  throw new SluiceError("OPTION_INVALID", {
    message: `The prefix of the Redis keys may hold 1 to 64 letters, digits, ".", "_" and "-"; given: "${prefix}".`,
    facts: { prefix },
  });
}
