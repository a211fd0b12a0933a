import { randomBytes } from "node:crypto";
import { access, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "@sluice/core";
import type { LockSettings } from "../bull-settings.ts";
import { storeBusy } from "./directory-lock.ts";
import { hasKernelLocks } from "./kernel-lock.ts";
import type { DirectoryLock } from "./lock-outcome.ts";
import { takeBackLostRuns, takeOverRuns } from "./lost-runs.ts";
import { startMaintenance } from "./maintenance.ts";
import { migrate, TABLES_VERSION } from "./migrations.ts";
import { OwnerConnection } from "./owner-connection.ts";
import { chooseSocketPath, readOwnerNote, removeOwnerNote, writeOwnerNote } from "./owner-note.ts";
import { PgliteHost } from "./pglite-host.ts";
import { prepareQueueTables, QUEUE_TABLES_VERSION } from "./queue-tables.ts";
import type { Role } from "./role.ts";
import { SqlDatabase } from "./sql-database.ts";

/** The database in the store's folder. */
const DATA = "data";
/** An empty file that says that the database was made to the end. */
const COMPLETE = "data-complete";
/** The messages between owner and clients. */
const PROTOCOL_VERSION = 1;
/** When to look whether a process has died: it frees its sockets one after the other, and slowly on a busy machine. */
const LOOKS_MS = [100, 1_000];
/** How long a round of maintenance at work may delay the close. */
const MAINTENANCE_WAIT_MS = 2_000;

/** Two processes share a store when they agree on this. */
export const STORE_VERSION = `${PROTOCOL_VERSION}.${TABLES_VERSION}.${QUEUE_TABLES_VERSION}`;

/** What a store is opened with. */
export interface StoreOptions {
  /** The real path of the store's folder. */
  folder: string;
  clock: Clock;
  lock: LockSettings;
}

/**
 * Becomes the owner of a store: hosts its database, keeps it in order, and serves it to other processes where that is
 * possible. The lock is given back when it fails.
 */
export async function ownStore(options: StoreOptions, directoryLock: DirectoryLock): Promise<Role> {
  const { folder, clock } = options;
  let host: PgliteHost | undefined;
  try {
    await refuseOtherNamespace(folder);
    await removeOwnerNote(folder);
    host = await startDatabase(folder);
    const database = new SqlDatabase(host, folder);
    await takeOverRuns(database, { folder, lock: options.lock, now: Date.now() });
    const isShared = await serve(folder, host);
    keepTakingBack(folder, host);
    const stopMaintenance = startMaintenance(database, clock);
    return roleOf({ folder, host, directoryLock, stopMaintenance, isShared });
  } catch (error) {
    await host?.close();
    await directoryLock.release();
    throw error;
  }
}

/** Locks of the kernel end at a container's border; a socket in a shared folder does not. */
async function refuseOtherNamespace(folder: string): Promise<void> {
  const note = await readOwnerNote(folder);
  if (!note?.socket) return;
  const other = await OwnerConnection.open({ ...note, socket: note.socket, version: STORE_VERSION });
  if (other === "nobody") return;
  if (typeof other !== "string") await other.close();
  throw storeBusy(folder, "container", note.pid);
}

async function startDatabase(folder: string): Promise<PgliteHost> {
  const isNew = await removeHalfMade(folder);
  // Loading BullMQ takes as long as its tables do; a new database gives the time for it.
  if (isNew) void import("../bullmq.ts").catch(() => {});
  const host = await PgliteHost.start(join(folder, DATA));
  try {
    await migrate(new SqlDatabase(host, folder));
    await prepareQueueTables(host);
    if (isNew) await writeFile(join(folder, COMPLETE), "");
    return host;
  } catch (error) {
    await host.close();
    throw error;
  }
}

/**
 * A process that was killed while it made the database leaves one that never opens and holds nothing.
 *
 * @returns true when there is no database yet.
 */
async function removeHalfMade(folder: string): Promise<boolean> {
  const complete = await access(join(folder, COMPLETE)).then(
    () => true,
    () => false,
  );
  if (!complete) await rm(join(folder, DATA), { recursive: true, force: true });
  return !complete;
}

/** Serves the store to others of this user. A store that cannot be shared works for its one process. */
async function serve(folder: string, host: PgliteHost): Promise<boolean> {
  if (!hasKernelLocks()) return false;
  const note = { pid: process.pid, token: randomBytes(32).toString("hex") };
  const socketPath = await chooseSocketPath(folder);
  await writeOwnerNote(folder, { ...note, socket: socketPath });
  if (socketPath === null) return false;
  const trouble = await host.serve({ socketPath, token: note.token, version: STORE_VERSION });
  if (trouble === undefined) return true;
  await writeOwnerNote(folder, { ...note, socket: null });
  return false;
}

/** When a client goes, it may have died with runs in its hands. */
function keepTakingBack(folder: string, host: PgliteHost): void {
  const database = new SqlDatabase(host, folder);
  host.onClientLeft = () => {
    // What fails here is made up for by the locks, which run out.
    const look = () => void takeBackLostRuns(database, folder, Date.now()).catch(() => {});
    for (const ms of LOOKS_MS) setTimeout(look, ms).unref();
  };
}

function roleOf(parts: {
  folder: string;
  host: PgliteHost;
  directoryLock: DirectoryLock;
  stopMaintenance(): Promise<void>;
  isShared: boolean;
}): Role {
  const { folder, host, directoryLock, stopMaintenance, isShared } = parts;
  const shutDown = async () => {
    await Promise.race([stopMaintenance(), sleep(MAINTENANCE_WAIT_MS, undefined, { ref: false })]);
    await host.close();
    await removeOwnerNote(folder);
    await directoryLock.release();
  };
  let closed: Promise<void> | undefined;
  return {
    host,
    ownerPid: process.pid,
    isShared,
    ended: host.ended,
    close: () => {
      closed ??= shutDown();
      return closed;
    },
  };
}
