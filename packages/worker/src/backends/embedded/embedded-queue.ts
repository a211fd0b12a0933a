import { createPostgresBackend, runMigrations, withBackend } from "bullmq";
import type { RunQueue } from "../../backend/run-queue.ts";
import type { OpenWorker } from "../bull-consumer.ts";
import { BullQueue } from "../bull-queue.ts";
import { type LockSettings, QUEUE_NAME, queueSettings, workerSettings } from "../bull-settings.ts";
import type { PgliteHost } from "./pglite-host.ts";
import { PglitePool } from "./pglite-pool.ts";
import type { SqlDatabase } from "./sql-database.ts";

/** What the queue is opened on. */
interface EmbeddedQueueOptions {
  host: PgliteHost;
  database: SqlDatabase;
  lock: LockSettings;
}

/** The queue of runs on BullMQ's tables in the schema `bullmq`. */
export async function openEmbeddedQueue({ host, database, lock }: EmbeddedQueueOptions): Promise<RunQueue> {
  const pool = new PglitePool(host);
  await database.guard(() => runMigrations(pool, "bullmq"));
  await database.run("SET search_path TO bullmq, public");
  await takeBackActiveRuns(database);
  const bull = withBackend(createPostgresBackend);
  const queue = new bull.Queue(QUEUE_NAME, { ...queueSettings, connection: pool });
  // Every command that fails says so itself.
  queue.on("error", () => {});
  const openWorker: OpenWorker = async ({ processor, concurrency }) => ({
    worker: new bull.Worker(QUEUE_NAME, processor, {
      ...workerSettings(concurrency, lock),
      connection: pool,
    }),
    isReady: () => host.isAlive,
    release: () => {},
  });
  return new BullQueue({ queue, openWorker, guard: (command) => database.guard(command) });
}

/**
 * Marks every run that is held as lost, so that the first consumer takes it back at once instead of after its lock.
 * Only this process can open the folder, and it holds none yet: their consumers are gone.
 */
async function takeBackActiveRuns(database: SqlDatabase): Promise<void> {
  await database.run(
    `UPDATE bullmq.job SET locked_until_ms = 0, stalled_marked = true WHERE state = 'active';
     DELETE FROM bullmq.meta WHERE field = 'stalled-check'`,
  );
}
