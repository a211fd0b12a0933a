import { createRequire } from "node:module";

/**
 * What is used of BullMQ. Imported, Node reads every one of its files once more beforehand to find out the names in it,
 * which takes longer than to load them.
 */
export const {
  createPostgresBackend,
  DelayedError,
  Queue,
  runMigrations,
  withBackend,
  Worker,
}: typeof import("bullmq") = createRequire(import.meta.url)("bullmq");
