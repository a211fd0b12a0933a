import { startRedisServer } from "@sluice/worker/testing";
import { afterAll } from "vitest";

// Opening the embedded store takes a second, and most promises of commands hold on any store.
const redis = await startRedisServer(undefined, ["--databases", "500"]);
afterAll(() => redis?.stop());

const databases = new Map<string, number>();

/**
 * The environment in which a folder has a store of its own on a Redis of this test file; empty where there is no
 * `redis-server`, so that the folder has an embedded store.
 */
export function fastStoreOf(folder: string): Record<string, string> {
  if (redis === null) return {};
  const database = databases.get(folder) ?? databases.size;
  databases.set(folder, database);
  return { SLUICE_REDIS_URL: `${redis.url}/${database}` };
}
