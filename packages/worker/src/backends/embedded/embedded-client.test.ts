import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe } from "vitest";
import { backendTestsuite } from "../../backend/backend.testsuite.ts";
import { openEmbeddedBackend } from "./embedded-backend.ts";
import { hasKernelLocks } from "./kernel-lock.ts";
import { StoreProcess } from "./store-processes.fixture.ts";

const SHORT_LOCK = { durationMs: 1_000, stalledMs: 500 };

/** A folder whose store another process hosts. */
async function hostedHome() {
  const home = await mkdtemp(join(tmpdir(), "sluice-home-"));
  const owner = new StoreProcess(home);
  await owner.says(/^open/m);
  const remove = async () => {
    await owner.kill();
    await rm(home, { recursive: true });
  };
  return { home, remove };
}

describe.skipIf(!hasKernelLocks())("as a client of the process that hosts the store", () => {
  backendTestsuite("embedded, through its owner", async (clock) => {
    const { home, remove } = await hostedHome();
    const backend = await openEmbeddedBackend({ home, clock });
    return {
      backend,
      createCrashSite: async () => {
        const crash = await hostedHome();
        return {
          opener: { kind: "embedded", home: crash.home },
          open: () => openEmbeddedBackend({ home: crash.home, lock: SHORT_LOCK }),
          remove: crash.remove,
        };
      },
      close: async () => {
        await backend.close();
        await remove();
      },
    };
  });
});
