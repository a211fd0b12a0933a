import { Cluster } from "ioredis";
import type { RedisClient } from "./redis-client.ts";

/**
 * Makes what a client sends in one turn of the event loop leave in one piece: with many runs at work, a system call for
 * each command takes more time than all that Redis and this process do with it.
 *
 * @returns what is to be called before each command.
 */
export function gatherWrites(client: RedisClient): () => void {
  // A cluster has a connection for each node, and chooses late.
  if (client instanceof Cluster) return () => {};
  let isGathering = false;
  return () => {
    const { stream } = client;
    if (isGathering || !stream) return;
    isGathering = true;
    stream.cork();
    process.nextTick(() => {
      isGathering = false;
      stream.uncork();
    });
  };
}
