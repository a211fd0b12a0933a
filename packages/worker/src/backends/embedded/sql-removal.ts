import { z } from "zod";
import { parseRunRecord, type RunRecord } from "../../backend/run-record.ts";
import type { RemovalTerms, RunPart } from "../../backend/run-store.ts";
import { removePartsSql, removeRunsSql } from "./removal-statements.ts";
import type { SqlDatabase } from "./sql-database.ts";

/** Runs that go in one statement: the database does nothing else meanwhile. */
const CHUNK = 100;

const idSchema = z.object({ id: z.string() });
const recordSchema = z.object({ record: z.string() });

/** Removes runs with all that is stored of them; see `RunStore.remove`. */
export function removeRuns(
  database: SqlDatabase,
  runIds: readonly string[],
  terms: RemovalTerms,
): Promise<string[]> {
  return inChunks(database, runIds, terms, async (wanted) =>
    database.rows(idSchema, removeRunsSql, [
      ...wanted.params,
      wanted.runs.map((run) => run.inputKey ?? ""),
      sinceOf(terms),
    ]),
  );
}

/** Drops parts of runs; see `RunStore.removeParts`. */
export function removeParts(
  database: SqlDatabase,
  runIds: readonly string[],
  parts: readonly RunPart[],
  terms: RemovalTerms,
): Promise<string[]> {
  const flags = [parts.includes("input"), parts.includes("result")];
  return inChunks(database, runIds, terms, async ({ params }) =>
    database.rows(idSchema, removePartsSql, [...params, ...flags, sinceOf(terms)]),
  );
}

/** Runs that are to go, if their records are still the same texts. */
interface Wanted {
  runs: readonly RunRecord[];
  /** Their ids and texts. */
  params: readonly [ids: string[], texts: string[]];
}

async function inChunks(
  database: SqlDatabase,
  runIds: readonly string[],
  terms: RemovalTerms,
  remove: (wanted: Wanted) => Promise<Array<{ id: string }>>,
): Promise<string[]> {
  const removed: string[] = [];
  for (let start = 0; start < runIds.length; start += CHUNK) {
    const wanted = await read(database, runIds.slice(start, start + CHUNK), terms);
    if (wanted.runs.length > 0) removed.push(...(await remove(wanted)).map(({ id }) => id));
  }
  return removed;
}

async function read(database: SqlDatabase, runIds: readonly string[], terms: RemovalTerms): Promise<Wanted> {
  const sql = "SELECT record FROM sluice.runs WHERE id = ANY ($1::text[])";
  const rows = await database.rows(recordSchema, sql, [runIds]);
  const found = rows.map(({ record: text }) => ({ run: parseRunRecord(text), text }));
  const choices = await Promise.all(found.map(({ run }) => terms.isWanted(run)));
  const wanted = found.filter((_, index) => choices[index]);
  return {
    runs: wanted.map(({ run }) => run),
    params: [wanted.map(({ run }) => run.id), wanted.map(({ text }) => text)],
  };
}

function sinceOf({ notJoinedSince = Number.MAX_SAFE_INTEGER }: RemovalTerms): number {
  return notJoinedSince;
}
