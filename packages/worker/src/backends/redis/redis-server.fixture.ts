import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A private Redis on a free port of this machine, empty and without persistence. */
export interface RedisServer {
  url: string;
  port: number;
  /** Ends it in good order. */
  stop(): Promise<void>;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
}

function hasRedisServer(): boolean {
  return spawnSync("redis-server", ["--version"]).status === 0;
}

/**
 * Starts a `redis-server` of its own for tests.
 *
 * @returns null where `redis-server` is not on PATH; with `SLUICE_TEST_REDIS=required` in the environment its absence is
 * an error instead.
 */
export async function startRedisServer(port?: number): Promise<RedisServer | null> {
  if (!hasRedisServer()) {
    if (process.env["SLUICE_TEST_REDIS"] !== "required") return null;
    throw new Error("SLUICE_TEST_REDIS=required, but redis-server is not on PATH.");
  }
  const chosen = port ?? (await freePort());
  const directory = await mkdtemp(join(tmpdir(), "sluice-redis-"));
  const args = ["--port", `${chosen}`, "--bind", "127.0.0.1", "--save", "", "--dir", directory];
  const server = spawn("redis-server", args, { stdio: ["ignore", "pipe", "ignore"] });
  const killWithParent = () => server.kill("SIGKILL");
  process.once("exit", killWithParent);
  await untilReady(server);
  const end = async (signal: NodeJS.Signals) => {
    process.off("exit", killWithParent);
    if (server.exitCode === null && server.signalCode === null) {
      const exited = once(server, "exit");
      server.kill(signal);
      await exited;
    }
    await rm(directory, { recursive: true, force: true });
  };
  return {
    url: `redis://127.0.0.1:${chosen}`,
    port: chosen,
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
  };
}

async function untilReady(server: ChildProcess): Promise<void> {
  if (server.stdout === null) throw new Error("redis-server was started without its output");
  for await (const line of createInterface({ input: server.stdout })) {
    if (!line.includes("Ready to accept connections")) continue;
    server.stdout.resume();
    return;
  }
  throw new Error("redis-server ended before it was ready");
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
