import { execFile } from "node:child_process";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { openBackend } from "./open-backend.ts";
import { startRedisServer } from "./redis/redis-server.fixture.ts";

const server = await startRedisServer();

/** Opens a backend in a process of its own and tells which of the packages it has loaded. */
async function loadedBy(options: { redisUrl?: string; home: string }): Promise<string[]> {
  const built = new URL("../../dist/backends/open-backend.js", import.meta.url).href;
  const program = `
    import { createRequire } from "node:module";
    const { openBackend } = await import(${JSON.stringify(built)});
    const backend = await openBackend(${JSON.stringify(options)});
    await backend.close();
    const files = Object.keys(createRequire(${JSON.stringify(built)}).cache);
    const isLoaded = (name) => files.some((file) => file.includes("/node_modules/" + name + "/"));
    console.log(JSON.stringify(["bullmq", "ioredis"].filter(isLoaded)));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program]);
  return z.array(z.string()).parse(JSON.parse(stdout));
}

describe("openBackend", () => {
  it("opens the embedded store without a URL, and loads no queue and no Redis for one that is there", async () => {
    const home = await realpath(await mkdtemp(join(tmpdir(), "sluice-home-")));
    const backend = await openBackend({ redisUrl: "", home });
    expect(backend).toMatchObject({ kind: "embedded", location: join(home, "embedded") });
    await backend.close();
    expect(await loadedBy({ home })).toEqual([]);
    await rm(home, { recursive: true });
  });

  it.skipIf(server === null)("opens Redis with a URL, and does not touch the folder", async () => {
    const redisUrl = server?.url ?? "";
    const backend = await openBackend({ redisUrl, home: "/nowhere" });
    expect(backend).toMatchObject({ kind: "redis", location: redisUrl });
    await backend.close();
    expect(await loadedBy({ redisUrl, home: "/nowhere" })).toEqual(["ioredis"]);
    await server?.stop();
  });
});
