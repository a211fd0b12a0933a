import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { backendTestsuite } from "../../backend/backend.testsuite.ts";
import { openEmbeddedBackend } from "./embedded-backend.ts";

const SHORT_LOCK = { durationMs: 1_000, stalledMs: 500 };
const newHome = () => mkdtemp(join(tmpdir(), "sluice-home-"));

backendTestsuite("embedded", async (clock) => {
  const home = await newHome();
  const backend = await openEmbeddedBackend({ home, clock });
  return {
    backend,
    createCrashSite: async () => {
      const crashHome = await newHome();
      return {
        opener: { kind: "embedded", home: crashHome },
        open: () => openEmbeddedBackend({ home: crashHome, lock: SHORT_LOCK }),
        remove: () => rm(crashHome, { recursive: true }),
      };
    },
    close: async () => {
      await backend.close();
      await rm(home, { recursive: true });
    },
  };
});
