import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const program = fileURLToPath(new URL("../../../test/fixtures/load-after-socket.mjs", import.meta.url));

it("clears a dead owner's socket away so that what is loaded next still finds its packages", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sluice-note-"));
  try {
    // The tools that start tests tell Node more places of packages than a program has.
    const env = { ...process.env, NODE_PATH: "" };
    await promisify(execFile)(process.execPath, [program, folder], { env });
    expect(await readdir(folder)).toEqual([]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
