import { once } from "node:events";
import { connect, createServer, type Server } from "node:net";
import { SluiceError, sha256 } from "@sluice/core";
import type { DirectoryLock, Held } from "./lock-outcome.ts";
import { lockByFile } from "./pid-file-lock.ts";

/** How long the holder may take to tell its process id. */
const ASK_TIMEOUT_MS = 500;

/**
 * Takes the lock of a folder.
 *
 * Two processes on one database folder corrupt it without a word, and a lock by file age is no help: WebAssembly
 * blocks the loop that would keep the file young. On Linux the lock is an abstract socket, which the kernel frees with
 * the process however it ends; elsewhere it is a file with a process id.
 *
 * @param folder the real path of the folder, which exists.
 * @throws SluiceError BACKEND_BUSY within a second when another process has it.
 */
export async function lockDirectory(folder: string): Promise<DirectoryLock> {
  const held = process.platform === "linux" ? await lockBySocket(folder) : await lockByFile(folder);
  if ("release" in held) return held;
  const holder = held.holderPid === undefined ? "Another process" : `Process ${held.holderPid}`;
  throw new SluiceError("BACKEND_BUSY", {
    message:
      `${holder} uses the embedded store in ${folder}. ` +
      "Wait until it ends, set SLUICE_HOME to another folder, or use Redis (SLUICE_REDIS_URL) to share one store.",
    facts: { folder, pid: held.holderPid ?? null },
  });
}

async function lockBySocket(folder: string): Promise<DirectoryLock | Held> {
  const path = `\0sluice-${sha256(folder).slice(0, 32)}`;
  const server = createServer((socket) => socket.on("error", () => {}).end(`${process.pid}`));
  try {
    server.listen({ path, exclusive: true });
    await once(server, "listening");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EADDRINUSE")) throw error;
    return { holderPid: await askHolder(path) };
  }
  server.unref();
  return { release: () => closeServer(server) };
}

async function closeServer(server: Server): Promise<void> {
  server.close();
  await once(server, "close");
}

/** The process id of the holder, or undefined when it is too busy to answer. */
async function askHolder(path: string): Promise<number | undefined> {
  const socket = connect({ path });
  socket.setEncoding("utf8");
  socket.setTimeout(ASK_TIMEOUT_MS, () => socket.destroy());
  let answer = "";
  socket.on("data", (text: string) => {
    answer += text;
  });
  socket.on("error", () => {});
  await once(socket, "close").catch(() => {});
  return /^\d+$/.test(answer) ? Number(answer) : undefined;
}
