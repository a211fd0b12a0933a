import { setTimeout as sleep } from "node:timers/promises";
import { holderOf, lockDirectory, storeBusy } from "./directory-lock.ts";
import { hasKernelLocks } from "./kernel-lock.ts";
import { ownStore, STORE_VERSION, type StoreOptions } from "./own-store.ts";
import { OwnerConnection } from "./owner-connection.ts";
import { readOwnerNote } from "./owner-note.ts";
import type { Role } from "./role.ts";

/** How long an owner may take until it serves: a new database needs seconds on a busy machine. */
const ENTER_WAIT_MS = 30_000;
/** How often a process looks again for a lock or an owner. */
const LOOK_AGAIN_MS = 20;

/**
 * Finds a place in a store. Who gets the folder's lock owns it, all others are his clients; when an owner goes, the
 * same race decides who follows.
 *
 * @throws SluiceError BACKEND_BUSY when another process has the store and does not share it.
 */
export async function enterStore(options: StoreOptions, signal: AbortSignal): Promise<Role> {
  const { folder } = options;
  const deadline = performance.now() + ENTER_WAIT_MS;
  for (;;) {
    signal.throwIfAborted();
    const lock = await lockDirectory(folder);
    if ("release" in lock) return ownStore(options, lock);
    if (!hasKernelLocks()) throw storeBusy(folder, "platform", lock.holderPid);
    const role = await joinOwner(folder);
    if (role) return role;
    if (performance.now() > deadline) throw storeBusy(folder, "silent", await holderOf(folder));
    await sleep(LOOK_AGAIN_MS);
  }
}

/** Undefined when there is no owner that lets us in, now. */
async function joinOwner(folder: string): Promise<Role | undefined> {
  const note = await readOwnerNote(folder);
  if (!note) return undefined;
  const { pid, token, socket } = note;
  if (socket === null) {
    // The note of an owner that was killed says nothing of the next one.
    if ((await holderOf(folder)) === pid) throw storeBusy(folder, "socket", pid);
    return undefined;
  }
  const connection = await OwnerConnection.open({ socket, token, version: STORE_VERSION });
  if (connection === "nobody") return undefined;
  if (typeof connection === "string") throw storeBusy(folder, connection, pid);
  return {
    host: connection,
    ownerPid: pid,
    isShared: true,
    ended: connection.ended,
    close: () => connection.close(),
  };
}
