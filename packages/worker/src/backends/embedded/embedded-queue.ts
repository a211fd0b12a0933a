import { z } from "zod";
import type { RunQueue } from "../../backend/run-queue.ts";
import type { OpenWorker } from "../bull-consumer.ts";
import { BullQueue } from "../bull-queue.ts";
import { type LockSettings, QUEUE_NAME, queueSettings, workerSettings } from "../bull-settings.ts";
import { createPostgresBackend, withBackend } from "../bullmq.ts";
import { traceJobs } from "../trace-jobs.ts";
import type { SqlDatabase } from "./sql-database.ts";
import type { SqlHost } from "./sql-host.ts";
import { SqlPool } from "./sql-pool.ts";

const idSchema = z.object({ id: z.string() });

/** What the queue is opened on. */
interface EmbeddedQueueOptions {
  store: SqlHost & { readonly isConnected: boolean };
  database: SqlDatabase;
  lock: LockSettings;
  /** The id under which this process takes runs; asked for before the first is taken. */
  memberId(): Promise<string>;
}

/** The queue of runs on BullMQ's tables in the schema `bullmq`. */
export async function openEmbeddedQueue(options: EmbeddedQueueOptions): Promise<RunQueue> {
  const { store, database, lock, memberId } = options;
  const pool = new SqlPool(store);
  const bull = withBackend(createPostgresBackend);
  const trace = await traceJobs();
  const queue = new bull.Queue(QUEUE_NAME, { ...queueSettings, ...trace.producer, connection: pool });
  // Every command that fails says so itself.
  queue.on("error", () => {});
  await database.guard(() => queue.waitUntilReady());
  const openWorker: OpenWorker = async ({ processor, concurrency }) => {
    const name = await memberId();
    const settings = {
      ...workerSettings(concurrency, lock),
      ...trace.consumer,
      name,
      connection: pool,
    };
    return {
      worker: new bull.Worker(QUEUE_NAME, processor, settings),
      isReady: () => store.isConnected,
      release: () => {},
    };
  };
  const presentJobs = async (jobIds: readonly string[]) => {
    const sql = "SELECT id FROM bullmq.job WHERE queue = $1 AND id = ANY ($2::text[])";
    const jobs = await database.rows(idSchema, sql, [QUEUE_NAME, jobIds]);
    return new Set(jobs.map(({ id }) => id));
  };
  return new BullQueue({ queue, openWorker, presentJobs, guard: (command) => database.guard(command) });
}
