import type { RunQueue } from "../../backend/run-queue.ts";
import type { OpenWorker } from "../bull-consumer.ts";
import { BullQueue } from "../bull-queue.ts";
import { type LockSettings, QUEUE_NAME, queueSettings, workerSettings } from "../bull-settings.ts";
import { Queue, Worker } from "../bullmq.ts";
import { traceJobs } from "../trace-jobs.ts";
import type { RedisConnection } from "./redis-connection.ts";

/** The queue of runs on BullMQ's own keys under `prefix`. */
export async function openRedisQueue(
  connection: RedisConnection,
  prefix: string,
  lock: LockSettings,
): Promise<RunQueue> {
  await connection.run((redis) => redis.ping());
  const trace = await traceJobs();
  const queue = new Queue(QUEUE_NAME, {
    ...queueSettings,
    ...trace.producer,
    connection: connection.client,
    prefix,
    skipWaitingForReady: true,
    // The check of a queue that meets a Redis which is away fails once and for all; workers do it again.
    skipVersionCheck: true,
  });
  // Every command that fails says so itself.
  queue.on("error", () => {});
  const openWorker: OpenWorker = async ({ processor, concurrency, onError }) => {
    // BullMQ would wait for ever; this says within seconds that there is no Redis.
    await connection.run((redis) => redis.ping());
    const client = connection.openForConsumer(onError);
    const settings = {
      ...workerSettings(concurrency, lock),
      ...trace.consumer,
      connection: client,
      prefix,
      // It asks by INFO, which not every user may; we have looked at the version when we opened it.
      skipVersionCheck: !connection.info.isTold,
    };
    return {
      worker: new Worker(QUEUE_NAME, processor, settings),
      isReady: () => client.status === "ready",
      release: () => client.disconnect(),
    };
  };
  const presentJobs = async (jobIds: readonly string[]) => {
    const keys = jobIds.map((jobId) => queue.toKey(jobId));
    const number = await connection.run((redis) => redis.exists(keys));
    // Almost always one look at all tells of each.
    if (number === 0) return new Set<string>();
    if (number === jobIds.length) return new Set(jobIds);
    const found = await Promise.all(keys.map((key) => connection.run((redis) => redis.exists(key))));
    return new Set(jobIds.filter((_, index) => found[index] === 1));
  };
  return new BullQueue({ queue, openWorker, presentJobs, guard: (command) => connection.run(command) });
}
