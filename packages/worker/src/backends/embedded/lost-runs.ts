import { z } from "zod";
import { type LockSettings, QUEUE_NAME, workerSettings } from "../bull-settings.ts";
import { isMemberAlive } from "./member.ts";
import type { SqlDatabase } from "./sql-database.ts";

const memberSchema = z.object({ member: z.string() });

/**
 * Gives the runs back to the queue whose consumers have died, at once instead of after their locks. Runs of members
 * that live are left alone.
 */
export async function takeBackLostRuns(database: SqlDatabase, folder: string, now: number): Promise<void> {
  const { dead } = await membersAtWork(database, folder);
  if (dead.length > 0) await release(database, dead, now);
}

/**
 * The same for a new owner. The living get fresh locks too, because nobody could renew them while the store had no
 * owner.
 */
export async function takeOverRuns(
  database: SqlDatabase,
  { folder, lock, now }: { folder: string; lock: LockSettings; now: number },
): Promise<void> {
  const { alive, dead } = await membersAtWork(database, folder);
  if (alive.length > 0) await renewLocks(database, alive, now + lock.durationMs);
  if (dead.length > 0) await release(database, dead, now);
}

async function membersAtWork(database: SqlDatabase, folder: string) {
  const members = await database.rows(
    memberSchema,
    "SELECT DISTINCT coalesce(processed_by, '') AS member FROM bullmq.job WHERE state = 'active'",
  );
  const dead: string[] = [];
  const alive: string[] = [];
  for (const { member } of members) ((await isMemberAlive(folder, member)) ? alive : dead).push(member);
  return { alive, dead };
}

async function renewLocks(database: SqlDatabase, members: string[], until: number): Promise<void> {
  await database.run(
    `UPDATE bullmq.job SET locked_until_ms = greatest(locked_until_ms, $2)
     WHERE state = 'active' AND processed_by = ANY ($1::text[])`,
    [members, until],
  );
}

/** BullMQ gives back what is marked and over its lock; it also counts it as stalled and wakes the consumers. */
async function release(database: SqlDatabase, members: string[], now: number): Promise<void> {
  await database.run(
    `UPDATE bullmq.job SET locked_until_ms = 0, stalled_marked = true
     WHERE state = 'active' AND coalesce(processed_by, '') = ANY ($1::text[])`,
    [members],
  );
  const { maxStalledCount } = workerSettings(1, { durationMs: 1, stalledMs: 1 });
  await database.run("SELECT bullmq.move_stalled_jobs_to_wait($1, $2, $3, 0)", [
    QUEUE_NAME,
    maxStalledCount,
    now,
  ]);
}
