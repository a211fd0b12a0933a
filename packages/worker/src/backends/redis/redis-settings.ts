import { SluiceError } from "@sluice/core";
import type { RedisConnection } from "./redis-connection.ts";
import type { StartReadings } from "./redis-start-check.ts";

/** What the start of this process depends on: what Redis told of itself, and two settings. */
export async function readStart(connection: RedisConnection): Promise<StartReadings> {
  const { info } = connection;
  const evictionPolicy = info.evictionPolicy ?? (await readSetting(connection, "maxmemory-policy"));
  // Where there is an append-only file, snapshots do not matter.
  const snapshots = info.hasAppendOnlyFile ? null : await readSetting(connection, "save");
  return { ...info, evictionPolicy, snapshots };
}

/** One setting of a Redis; null where CONFIG is not permitted, as on most hosted servers. */
async function readSetting(connection: RedisConnection, name: string): Promise<string | null> {
  const reply = await connection
    .run((redis) => redis.config("GET", name))
    .catch((error: unknown) => {
      if (SluiceError.has(error, "BACKEND_UNREACHABLE")) throw error;
      return undefined;
    });
  return Array.isArray(reply) && reply.length >= 2 ? String(reply[1]) : null;
}
