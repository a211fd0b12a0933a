import { SluiceError } from "@sluice/core";
import { askHolder, hasKernelLocks, holdName } from "./kernel-lock.ts";
import type { DirectoryLock, Held } from "./lock-outcome.ts";
import { lockByFile } from "./pid-file-lock.ts";

/**
 * Takes the lock of a folder, or says that another process has it.
 *
 * Two processes on one database folder corrupt it without a word, and a lock by file age is no help: WebAssembly
 * blocks the loop that would keep the file young. On Linux the kernel frees the lock with the process however it ends;
 * elsewhere it is a file with a process id.
 *
 * @param folder the real path of the folder, which exists.
 */
export async function lockDirectory(folder: string): Promise<DirectoryLock | Held> {
  if (!hasKernelLocks()) return lockByFile(folder);
  return (await holdName(folder)) ?? { holderPid: undefined };
}

/** The process that has the folder's lock, if it tells. */
export function holderOf(folder: string): Promise<number | undefined> {
  return hasKernelLocks() ? askHolder(folder) : Promise.resolve(undefined);
}

/** Why a store that another process has cannot be shared with it. */
type BusyReason = "platform" | "silent" | "version" | "socket" | "container";

const reasons: Record<BusyReason, string> = {
  platform: "On this platform one process uses an embedded store at a time.",
  silent: "It does not answer: it may be stopped (Ctrl-Z), or still be starting.",
  version: "It runs another version of Sluice.",
  container: "It runs in another container, and the two cannot watch each other.",
  socket: "It could not share it: no folder of its own was found for a socket that others cannot reach.",
};

/** The error of a process that finds the store taken and cannot share it. */
export function storeBusy(folder: string, why: BusyReason, holderPid: number | undefined): SluiceError {
  const holder = holderPid === undefined ? "Another process" : `Process ${holderPid}`;
  return new SluiceError("BACKEND_BUSY", {
    message:
      `${holder} uses the embedded store in ${folder}. ${reasons[why]} ` +
      "Wait until it ends, set SLUICE_HOME to another folder, or use Redis (SLUICE_REDIS_URL) to share one store.",
    facts: { folder, pid: holderPid ?? null, why },
  });
}
