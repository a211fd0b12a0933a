import { SluiceError } from "@sluice/core";
import type { RedisConnection } from "./redis-connection.ts";
import type { RedisKeys } from "./redis-keys.ts";

/** What this Sluice writes. A change that older ones would misread raises it. */
export const SCHEMA_NUMBER = 1;

/** What the scripts answer that meet a newer number. */
const NEWER = "newer";

/**
 * Refuses a store of a newer Sluice at the start; the scripts refuse one that becomes so later.
 *
 * @throws SluiceError BACKEND_NEWER
 */
export async function refuseNewer(connection: RedisConnection, keys: RedisKeys): Promise<void> {
  const found = Number((await connection.run((redis) => redis.get(keys.schema))) ?? 0);
  if (found > SCHEMA_NUMBER) throw newerAt(connection, found);
}

/** The answer of a script, unless it met a newer store. @throws SluiceError BACKEND_NEWER */
export function refuseNewerAnswer<T>(
  answer: T,
  connection: RedisConnection,
  keys: RedisKeys,
): T | Promise<never> {
  return answer === NEWER ? refuse(connection, keys) : answer;
}

async function refuse(connection: RedisConnection, keys: RedisKeys): Promise<never> {
  throw newerAt(connection, Number(await connection.run((redis) => redis.get(keys.schema))));
}

function newerAt({ location }: RedisConnection, found: number): SluiceError {
  return new SluiceError("BACKEND_NEWER", {
    message:
      `What is stored in Redis at ${location} was written by a newer Sluice (its schema is ${found}, this one knows ` +
      `${SCHEMA_NUMBER}). Update Sluice here.`,
    facts: { url: location, version: found, known: SCHEMA_NUMBER },
  });
}
