import type { Clock } from "@sluice/core";
import type { SqlDatabase } from "./sql-database.ts";
import { pruneEvents } from "./sql-event-log.ts";

const EVERY_MS = 2 * 60_000;

/**
 * Does what a PostgreSQL server does by itself and PGlite does not: gives back the room of dead rows, and writes the
 * log down before it grows without bound. It also drops cached answers over their age, and
 * events over what is kept.
 */
export async function maintain(database: SqlDatabase, clock: Clock): Promise<void> {
  await database.run("DELETE FROM sluice.cache WHERE expires_at <= $1", [clock.now()]);
  await pruneEvents(database);
  await database.run("VACUUM (ANALYZE)");
  await database.run("CHECKPOINT");
}

/**
 * Maintains the database every two minutes while it is open.
 *
 * @returns a function that ends it and waits for the round at work.
 */
export function startMaintenance(database: SqlDatabase, clock: Clock): () => Promise<void> {
  let round = Promise.resolve();
  const timer = setInterval(() => {
    // A round that fails is made up for by the next; a database that is gone shows in every other command.
    round = round.then(() => maintain(database, clock)).catch(() => {});
  }, EVERY_MS);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await round;
  };
}
