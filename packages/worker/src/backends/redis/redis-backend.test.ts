import { randomId } from "@sluice/core";
import { afterAll, describe } from "vitest";
import { backendTestsuite } from "../../backend/backend.testsuite.ts";
import { openRedisBackend } from "./redis-backend.ts";
import { startRedisServer } from "./redis-server.fixture.ts";

const SHORT_LOCK = { durationMs: 1_000, stalledMs: 500 };
const server = await startRedisServer();

afterAll(() => server?.stop());

describe.skipIf(server === null)("with a redis-server on PATH", () => {
  const url = server?.url ?? "";
  backendTestsuite("redis", async (clock) => {
    const backend = await openRedisBackend({ url, prefix: randomId(8), clock });
    return {
      backend,
      createCrashSite: async () => {
        const prefix = randomId(8);
        return {
          opener: { kind: "redis", url, prefix },
          open: () => openRedisBackend({ url, prefix, lock: SHORT_LOCK }),
          remove: async () => {},
        };
      },
      close: () => backend.close(),
    };
  });
});
