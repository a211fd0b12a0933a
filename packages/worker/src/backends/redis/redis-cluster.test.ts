import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { backendTestsuite } from "../../backend/backend.testsuite.ts";
import { openRedisBackend } from "./redis-backend.ts";
import { startRedisCluster } from "./redis-cluster.fixture.ts";
import { type RedisServer, startRedisServer } from "./redis-server.fixture.ts";

const SHORT_LOCK = { durationMs: 1_000, stalledMs: 500 };
const documented = new URL("../../../../../docs/reference/redis-users.acl", import.meta.url);
const folder = await mkdtemp(join(tmpdir(), "sluice-acl-"));
const aclFile = join(folder, "users.acl");
// A copy: Redis may write to its own.
await copyFile(documented, aclFile);
const args = ["--aclfile", aclFile];
const cluster = await startRedisCluster({ args, user: "admin:CHANGE-ME-TOO" });
const singles: (RedisServer | null)[] = [];

afterAll(async () => {
  await cluster?.stop();
  await Promise.all(singles.map((one) => one?.stop()));
  await rm(folder, { recursive: true });
});

const asUser = (url = "") => url.replace("redis://", "redis://sluice:CHANGE-ME@");
const urls = cluster?.nodes.map((node) => asUser(node.url)) ?? [];

// One run of the suite shows both: that every key has the one hash tag, and that the documented user may do all it must.
describe.skipIf(cluster === null)("on three nodes, under the documented user", () => {
  backendTestsuite("redis cluster with an ACL user", async (clock) => {
    const backend = await openRedisBackend({ url: urls[0] ?? "", clock });
    return {
      backend,
      createCrashSite: async () => {
        const single = await startRedisServer(undefined, args);
        singles.push(single);
        const url = asUser(single?.url);
        return {
          opener: { kind: "redis", url, prefix: "sluice" },
          open: () => openRedisBackend({ url, lock: SHORT_LOCK }),
          remove: async () => {},
        };
      },
      close: () => backend.close(),
    };
  });

  it("any node leads to the cluster, and several when one is away", async () => {
    for (const url of [...urls, `redis://127.0.0.1:1,${urls[1]}`]) {
      const backend = await openRedisBackend({ url });
      expect(await backend.describe()).toContainEqual({
        name: "cluster",
        value: expect.stringMatching(/^yes/),
      });
      await backend.close();
    }
  });
});
