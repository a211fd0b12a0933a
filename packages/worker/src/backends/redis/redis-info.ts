import type { RedisClient } from "./redis-client.ts";

/** What a server tells of itself by INFO; null for what it does not tell, as hosted servers often do not. */
export interface RedisInfo {
  /** False when the user may not ask. */
  isTold: boolean;
  /** `Redis`, `Valkey` or `Dragonfly`. */
  product: string;
  /** The product's own version. */
  version: string | null;
  /** The version of Redis that it is, or says to be compatible with. */
  redisVersion: string | null;
  /** A node of a Redis Cluster. */
  isCluster: boolean;
  /** It still reads its data from disk, and answers nothing else. */
  isLoading: boolean;
  evictionPolicy: string | null;
  hasAppendOnlyFile: boolean | null;
}

/** Asks a server for what it is. */
export async function readInfo(redis: RedisClient): Promise<RedisInfo> {
  const text = await redis.info().catch((error: unknown) => {
    if (error instanceof Error && /NOPERM|unknown command/i.test(error.message)) return "";
    throw error;
  });
  return parseInfo(text);
}

/** Reads the lines of INFO: `redis_version:7.2.4`. */
export function parseInfo(text: string): RedisInfo {
  const fields = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(":");
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  const redisVersion = fields.get("redis_version") ?? null;
  const [product, version] = productOf(fields) ?? ["Redis", redisVersion];
  const appendOnly = fields.get("aof_enabled");
  return {
    isTold: fields.size > 0,
    product,
    version,
    redisVersion,
    isCluster: fields.get("redis_mode") === "cluster" || fields.get("cluster_enabled") === "1",
    isLoading: fields.get("loading") === "1",
    evictionPolicy: fields.get("maxmemory_policy") ?? null,
    hasAppendOnlyFile: appendOnly === undefined ? null : appendOnly === "1",
  };
}

function productOf(fields: ReadonlyMap<string, string>): [string, string] | undefined {
  for (const product of ["Valkey", "Dragonfly"]) {
    const version = fields.get(`${product.toLowerCase()}_version`);
    if (version !== undefined) return [product, version.replace(/^df-v/, "")];
  }
  return undefined;
}

/** One reading for the masters of a cluster: the first, with what is wrong with any of them. */
export function worstOf(infos: readonly RedisInfo[]): RedisInfo {
  const first = infos[0] ?? parseInfo("");
  const evicting = infos.find(({ evictionPolicy }) => evictionPolicy !== "noeviction");
  const volatile = infos.find(({ hasAppendOnlyFile }) => !hasAppendOnlyFile);
  return {
    ...first,
    isCluster: true,
    isLoading: infos.some(({ isLoading }) => isLoading),
    evictionPolicy: (evicting ?? first).evictionPolicy,
    hasAppendOnlyFile: (volatile ?? first).hasAppendOnlyFile,
  };
}
