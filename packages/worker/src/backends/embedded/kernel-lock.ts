import { once } from "node:events";
import { connect, createServer, type Server } from "node:net";
import { sha256 } from "@sluice/core";

/** How long a holder may take to tell its process id. */
const ASK_TIMEOUT_MS = 500;

/** A name that the kernel frees with the process, however it ends. */
export interface KernelLock {
  release(): Promise<void>;
}

/** False where the kernel has no names that die with their process. */
export function hasKernelLocks(): boolean {
  return process.platform === "linux";
}

/**
 * Takes a name for this process: an abstract socket, which Linux frees with it. Who connects is told the process id.
 *
 * @param words what the name is made of.
 * @returns undefined when somebody has it.
 */
export async function holdName(...words: string[]): Promise<KernelLock | undefined> {
  const server = createServer((socket) => socket.on("error", () => {}).end(`${process.pid}`));
  try {
    server.listen({ path: abstractName(words), exclusive: true });
    await once(server, "listening");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") return undefined;
    throw error;
  }
  server.unref();
  return { release: () => closeServer(server) };
}

/** Whether a living process has the name; it need not be awake to have it. */
export async function isHeld(...words: string[]): Promise<boolean> {
  const socket = connect({ path: abstractName(words) });
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** The process id of a name's holder; undefined when there is none, or it is too busy to answer. */
export async function askHolder(...words: string[]): Promise<number | undefined> {
  const socket = connect({ path: abstractName(words) });
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

function abstractName(words: readonly string[]): string {
  return `\0sluice-${sha256(words.join("\0")).slice(0, 32)}`;
}

async function closeServer(server: Server): Promise<void> {
  server.close();
  await once(server, "close");
}
