import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { freePort, type RedisServer, startRedisServer } from "./redis-server.fixture.ts";

/** A private Redis Cluster of three masters on free ports of this machine. */
export interface RedisCluster {
  nodes: readonly RedisServer[];
  /** Stops all nodes. */
  stop(): Promise<void>;
}

const SLOTS = 16_384;
const NODES = 3;

/**
 * Starts a cluster for tests.
 *
 * @param options.args arguments of every redis-server.
 * @param options.user `user:password` of somebody who may do all, when the default user may not.
 * @returns null where `redis-server` is not on PATH.
 */
export async function startRedisCluster(
  options: { args?: readonly string[]; user?: string } = {},
): Promise<RedisCluster | null> {
  const nodes: RedisServer[] = [];
  for (let index = 0; index < NODES; index++) {
    const clusterPort = String(await freePort());
    const own = ["--cluster-enabled", "yes", "--cluster-port", clusterPort];
    const node = await startRedisServer(undefined, [...own, ...(options.args ?? [])]);
    if (node === null) return null;
    nodes.push(node);
  }
  const admins = nodes.map(({ url }) => new Redis(withUser(url, options.user)));
  await join(admins);
  for (const admin of admins) admin.disconnect();
  return {
    nodes,
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}

async function join(admins: readonly Redis[]): Promise<void> {
  const size = Math.ceil(SLOTS / admins.length);
  for (const [index, admin] of admins.entries()) {
    const last = Math.min(SLOTS, (index + 1) * size) - 1;
    await admin.call("CLUSTER", "ADDSLOTSRANGE", index * size, last);
    // Otherwise two nodes may begin with the same age.
    await admin.call("CLUSTER", "SET-CONFIG-EPOCH", index + 1);
  }
  const [first, ...others] = admins;
  for (const other of others) {
    const { host, port } = other.options;
    const bus = String(await other.call("CONFIG", "GET", "cluster-port")).split(",")[1];
    await first?.call("CLUSTER", "MEET", String(host), String(port), String(bus));
  }
  for (const admin of admins) {
    while (!isWhole(String(await admin.call("CLUSTER", "INFO")))) await sleep(50);
  }
}

function isWhole(info: string): boolean {
  return info.includes("cluster_state:ok") && info.includes(`cluster_known_nodes:${NODES}`);
}

function withUser(url: string, user: string | undefined): string {
  return user === undefined ? url : url.replace("redis://", `redis://${user}@`);
}
