import { type Clock, SluiceError, systemClock } from "@sluice/core";
import type { Backend } from "../../backend/backend.ts";
import { type LockSettings, shortLock } from "../bull-settings.ts";
import { LazyQueue } from "../lazy-queue.ts";
import { RedisCache } from "./redis-cache.ts";
import { RedisCell } from "./redis-cell.ts";
import { RedisCheckpoints } from "./redis-checkpoints.ts";
import { RedisConnection } from "./redis-connection.ts";
import { RedisEventLog } from "./redis-event-log.ts";
import { describeRedis } from "./redis-facts.ts";
import { redisKeys } from "./redis-keys.ts";
import { RedisRunStore } from "./redis-run-store.ts";
import { refuseNewer } from "./redis-schema.ts";
import { readStart } from "./redis-settings.ts";
import { noticesOf, refusalOf } from "./redis-start-check.ts";

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
  /** Accepts without a notice what a restart of Redis loses. Default false. */
  ephemeral?: boolean | undefined;
  /** Told what whoever entrusts runs to this Redis should know, while it is opened. Default: nobody is. */
  onNotice?: ((notice: string) => void) | undefined;
}

/**
 * Opens the backend on Redis: any number of processes on any number of machines share it.
 *
 * @throws SluiceError BACKEND_UNREACHABLE within about three seconds when no Redis answers, BACKEND_REFUSED when it does
 *   not let the user in, BACKEND_NEWER when a newer Sluice has written there.
 * @throws SluiceError OPTION_INVALID when the URL or prefix is none, Redis is older than 6.2, or set to evict keys.
 */
export async function openRedisBackend(options: RedisBackendOptions): Promise<Backend> {
  const { url, prefix = "sluice", clock, lock = shortLock, ephemeral: isEphemeral = false } = options;
  checkPrefix(prefix);
  const connection = await RedisConnection.open(url);
  const keys = redisKeys(prefix);
  const events = new RedisEventLog(connection, keys);
  try {
    await checkStart(connection, { isEphemeral, onNotice: options.onNotice });
    await refuseNewer(connection, keys);
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
    events,
    cell: (name) => new RedisCell(connection, keys.cell(name), clock),
    describe: () => describeRedis(connection, { isEphemeral }),
    close: async () => {
      events.close();
      connection.close();
    },
  };
}

async function checkStart(
  connection: RedisConnection,
  { isEphemeral, onNotice }: { isEphemeral: boolean; onNotice: RedisBackendOptions["onNotice"] },
): Promise<void> {
  const readings = await readStart(connection);
  const refusal = refusalOf(readings, connection.target);
  if (refusal) throw refusal;
  for (const notice of noticesOf(readings, connection.target, { isEphemeral })) onNotice?.(notice);
}

function checkPrefix(prefix: string): void {
  if (/^[\w.-]{1,64}$/.test(prefix)) return;
  throw new SluiceError("OPTION_INVALID", {
    message: `The prefix of the Redis keys may hold 1 to 64 letters, digits, ".", "_" and "-"; given: "${prefix}".`,
    facts: { prefix },
  });
}
