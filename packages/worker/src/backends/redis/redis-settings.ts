import type { RedisConnection } from "./redis-connection.ts";

/** One setting of a Redis; null where CONFIG is not permitted, as on most hosted servers. */
export async function readSetting(connection: RedisConnection, name: string): Promise<string | null> {
  const reply = await connection.client.config("GET", name).catch(() => undefined);
  return Array.isArray(reply) && reply.length >= 2 ? String(reply[1]) : null;
}
