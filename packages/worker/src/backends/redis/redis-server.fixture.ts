import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A private Redis on a free port of this machine, empty and, unless arguments say otherwise, without persistence. */
export interface RedisServer {
  url: string;
  port: number;
  /** Where it writes, if it does. */
  directory: string;
  /** Ends it in good order. */
  stop(): Promise<void>;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
  /** Lets it hang, as a machine does that is out of breath; `SIGCONT` ends that. */
  send(signal: "SIGSTOP" | "SIGCONT"): void;
  /** Ends it as a crash would; what it has written stays for {@link revive}. */
  crash(): Promise<void>;
  /** Starts it again after {@link crash}, on the same port and with what it had written. */
  revive(): Promise<void>;
}

function hasRedisServer(): boolean {
  return spawnSync("redis-server", ["--version"]).status === 0;
}

/**
 * Starts a `redis-server` of its own for tests.
 *
 * @param more arguments of redis-server, as in `["--appendonly", "yes"]`.
 * @returns null where `redis-server` is not on PATH; with `SLUICE_TEST_REDIS=required` in the environment its absence is
 * an error instead.
 */
export async function startRedisServer(
  port?: number,
  more: readonly string[] = [],
): Promise<RedisServer | null> {
  if (!hasRedisServer()) {
    if (process.env["SLUICE_TEST_REDIS"] !== "required") return null;
    throw new Error("SLUICE_TEST_REDIS=required, but redis-server is not on PATH.");
  }
  const chosen = port ?? (await freePort());
  const directory = await mkdtemp(join(tmpdir(), "sluice-redis-"));
  const args = ["--port", `${chosen}`, "--bind", "127.0.0.1", "--save", "", "--dir", directory, ...more];
  let server = await launch(args);
  const end = async (signal: NodeJS.Signals) => {
    await endProcess(server, signal);
    await rm(directory, { recursive: true, force: true });
  };
  return {
    url: `redis://127.0.0.1:${chosen}`,
    port: chosen,
    directory,
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
    send: (signal) => void server.kill(signal),
    crash: () => endProcess(server, "SIGKILL"),
    revive: async () => {
      server = await launch(args);
    },
  };
}

async function launch(args: readonly string[]): Promise<ChildProcess> {
  const server = spawn("redis-server", args, { stdio: ["ignore", "pipe", "ignore"] });
  const killWithParent = () => server.kill("SIGKILL");
  process.once("exit", killWithParent);
  server.once("exit", () => process.off("exit", killWithParent));
  await untilReady(server);
  return server;
}

async function endProcess(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exited = once(server, "exit");
  server.kill(signal);
  // A stopped process hears of nothing but SIGKILL until it goes on.
  server.kill("SIGCONT");
  await exited;
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

/** A port of this machine that nobody listens on. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
