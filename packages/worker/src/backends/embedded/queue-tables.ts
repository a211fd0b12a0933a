import { z } from "zod";
import type { PgliteHost } from "./pglite-host.ts";
import { SqlPool } from "./sql-pool.ts";

/** The version of BullMQ's tables that our BullMQ makes; known here, so that a look at them does not load it. */
export const QUEUE_TABLES_VERSION = 11;

const versionSchema = z.object({ version: z.coerce.number() });

/**
 * Makes or updates BullMQ's tables in the schema `bullmq`. It takes a transaction of several statements, which on the
 * one session of the database would take in those of others; so it is done before anybody else can send any.
 */
export async function prepareQueueTables(host: PgliteHost): Promise<void> {
  if ((await presentVersion(host)) >= QUEUE_TABLES_VERSION) return;
  const { runMigrations } = await import("../bullmq.ts");
  await runMigrations(new SqlPool(host), "bullmq");
}

async function presentVersion(host: PgliteHost): Promise<number> {
  const { rows } = await host.query("SELECT to_regclass('bullmq.migration') IS NOT NULL AS present", []);
  if (rows[0]?.["present"] !== true) return 0;
  const versions = await host.query("SELECT coalesce(max(version), 0) AS version FROM bullmq.migration", []);
  return versionSchema.parse(versions.rows[0]).version;
}
