import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rename } from "node:fs/promises";
import { join } from "node:path";
import { openBackend } from "@sluice/worker";
import { inject } from "vitest";

/**
 * Puts an embedded store that was never used into `home`. The database is made once in a test run and copied from then
 * on, which takes a tenth of the time. For tests that are not about how a store comes to be.
 */
export async function putEmptyStore(home: string): Promise<void> {
  const made = join(inject("storeFolder"), "empty");
  if (!existsSync(made)) await makeStore(made);
  // Node's own copy takes four times as long.
  const { status } = spawnSync("cp", ["-R", `${made}/.`, home]);
  if (status !== 0) throw new Error(`the empty store could not be copied to ${home}`);
}

/** Two test files may make it at the same time: the second one's is left where it is. */
async function makeStore(at: string): Promise<void> {
  const own = await mkdtemp(`${at}-`);
  const backend = await openBackend({ home: own });
  await backend.runs.listBatches(1);
  await backend.close();
  await rename(own, at).catch((error: unknown) => {
    if (!existsSync(at)) throw error;
  });
}
