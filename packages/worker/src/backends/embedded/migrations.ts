import { SluiceError } from "@sluice/core";
import { z } from "zod";
import type { SqlDatabase } from "./sql-database.ts";

/** The tables of Sluice, one entry for each version. An entry that was released is never changed. */
const migrations: readonly string[] = [
  // 1: JSON is kept as text, because jsonb reorders keys and refuses NUL. Ids sort by bytes, to be found by prefix.
  `CREATE TABLE sluice.batches (
     id text COLLATE "C" PRIMARY KEY, record text NOT NULL, created_at bigint NOT NULL);
   CREATE INDEX batches_newest ON sluice.batches (created_at DESC, id DESC);
   CREATE TABLE sluice.runs (
     id text COLLATE "C" PRIMARY KEY, batch_id text COLLATE "C" NOT NULL, place bigint NOT NULL,
     status text NOT NULL, record text NOT NULL, input text, output text);
   CREATE INDEX runs_by_batch ON sluice.runs (batch_id, place);
   CREATE TABLE sluice.counts (
     batch_id text COLLATE "C", status text, number bigint NOT NULL, PRIMARY KEY (batch_id, status));
   CREATE TABLE sluice.checkpoints (
     run_id text COLLATE "C", step_path text, text text NOT NULL, PRIMARY KEY (run_id, step_path));
   CREATE TABLE sluice.cells (name text PRIMARY KEY, text text NOT NULL);
   CREATE TABLE sluice.cache (key text COLLATE "C" PRIMARY KEY, text text NOT NULL, expires_at bigint NOT NULL);
   CREATE INDEX cache_by_age ON sluice.cache (expires_at)`,
  // 2: Who wrote a cell's text last, so that a write whose answer was lost can be told from another's.
  "ALTER TABLE sluice.cells ADD COLUMN writer text",
  // 3: Which run stands for an input, and runs that are members of a batch besides the one in which they were new.
  `CREATE TABLE sluice.input_keys (key text COLLATE "C" PRIMARY KEY, run_id text COLLATE "C" NOT NULL);
   CREATE TABLE sluice.joined (
     batch_id text COLLATE "C", run_id text COLLATE "C", place bigint NOT NULL, PRIMARY KEY (batch_id, run_id));
   CREATE INDEX joined_by_place ON sluice.joined (batch_id, place);
   CREATE INDEX joined_by_run ON sluice.joined (run_id)`,
  // 4: When the runs were finished whose results were exported.
  'CREATE TABLE sluice.exported (run_id text COLLATE "C" PRIMARY KEY, finished_at bigint NOT NULL)',
  // 5: What happens to runs, for whoever watches.
  "CREATE TABLE sluice.events (position bigserial PRIMARY KEY, text text NOT NULL)",
];

/** The version of the tables that this Sluice reads and writes. */
export const TABLES_VERSION = migrations.length;

const versionSchema = z.object({ version: z.coerce.number() });

/**
 * Brings the tables up to this version of Sluice; each step is done whole or not at all.
 *
 * @throws SluiceError BACKEND_NEWER when a newer Sluice has written here.
 */
export async function migrate(database: SqlDatabase): Promise<void> {
  await database.run(
    "CREATE SCHEMA IF NOT EXISTS sluice; CREATE TABLE IF NOT EXISTS sluice.migrations (version int PRIMARY KEY)",
  );
  const query = "SELECT coalesce(max(version), 0) AS version FROM sluice.migrations";
  const [row] = await database.rows(versionSchema, query);
  const version = row?.version ?? 0;
  if (version > migrations.length) throw tooNew(version);
  for (const [offset, statements] of migrations.slice(version).entries()) {
    const next = version + offset + 1;
    // Statements sent together are one transaction.
    await database.run(`${statements}; INSERT INTO sluice.migrations VALUES (${next})`);
  }
}

function tooNew(version: number): SluiceError {
  return new SluiceError("BACKEND_NEWER", {
    message:
      `The embedded store was written by a newer Sluice (its tables have version ${version}, ` +
      `this one knows ${migrations.length}). Update Sluice, or set SLUICE_HOME to another folder.`,
    facts: { version, known: migrations.length },
  });
}
