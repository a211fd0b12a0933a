import { access, mkdir, realpath, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, SluiceError, systemClock } from "@sluice/core";
import type { Backend } from "../../backend/backend.ts";
import { defaultLock, type LockSettings } from "../bull-settings.ts";
import { LazyQueue } from "../lazy-queue.ts";
import { lockDirectory } from "./directory-lock.ts";
import { describeFolder } from "./embedded-facts.ts";
import type { DirectoryLock } from "./lock-outcome.ts";
import { startMaintenance } from "./maintenance.ts";
import { migrate } from "./migrations.ts";
import { PgliteHost } from "./pglite-host.ts";
import { SqlCache } from "./sql-cache.ts";
import { SqlCell } from "./sql-cell.ts";
import { SqlCheckpoints } from "./sql-checkpoints.ts";
import { SqlDatabase } from "./sql-database.ts";
import { SqlRunStore } from "./sql-run-store.ts";

/** The database in the store's folder. */
const DATA = "data";
/** An empty file that says that the database was made to the end. */
const COMPLETE = "data-complete";

/** What {@link openEmbeddedBackend} is opened with. */
export interface EmbeddedBackendOptions {
  /** The store is kept under `embedded/` in this folder; it is created when it does not exist. */
  home: string;
  /** Replaces this machine's time; for tests. */
  clock?: Clock | undefined;
  /** Default: a lock of 30 s, and a look for lost runs every 5 s. */
  lock?: LockSettings | undefined;
}

/**
 * Opens the backend that needs nothing installed: PostgreSQL in a thread of this process, kept on disk. One process
 * uses it at a time.
 *
 * @throws SluiceError BACKEND_BUSY within a second when another process has the folder open.
 * @throws SluiceError BACKEND_UNREACHABLE when the folder cannot be used.
 */
export async function openEmbeddedBackend(options: EmbeddedBackendOptions): Promise<Backend> {
  const { home, clock = systemClock, lock = defaultLock } = options;
  const folder = await prepareFolder(home);
  const directoryLock = await lockDirectory(folder);
  const { host, database } = await startDatabase(folder, directoryLock);
  const stopMaintenance = startMaintenance(database, clock);
  const shutDown = async () => {
    await stopMaintenance();
    await host.close();
    await directoryLock.release();
  };
  let closed: Promise<void> | undefined;
  return {
    kind: "embedded",
    location: folder,
    isShared: false,
    runs: new SqlRunStore(database),
    queue: new LazyQueue(async () => {
      const { openEmbeddedQueue } = await import("./embedded-queue.ts");
      return openEmbeddedQueue({ host, database, lock });
    }),
    checkpoints: new SqlCheckpoints(database),
    cache: new SqlCache(database, clock),
    cell: (name) => new SqlCell(database, name, clock),
    describe: () => describeFolder(folder),
    close: () => {
      closed ??= shutDown();
      return closed;
    },
  };
}

async function prepareFolder(home: string): Promise<string> {
  const folder = join(home, "embedded");
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return await realpath(folder);
  } catch (cause) {
    throw unusable(folder, cause);
  }
}

async function startDatabase(folder: string, lock: DirectoryLock) {
  let host: PgliteHost | undefined;
  try {
    await removeHalfMade(folder);
    host = await PgliteHost.start(join(folder, DATA));
    const database = new SqlDatabase(host, folder);
    await migrate(database);
    await writeFile(join(folder, COMPLETE), "");
    return { host, database };
  } catch (cause) {
    await host?.close();
    await lock.release();
    throw SluiceError.is(cause) ? cause : unusable(folder, cause);
  }
}

/** A process that was killed while it made the database leaves one that never opens and holds nothing. */
async function removeHalfMade(folder: string): Promise<void> {
  const complete = await access(join(folder, COMPLETE)).then(
    () => true,
    () => false,
  );
  if (!complete) await rm(join(folder, DATA), { recursive: true, force: true });
}

function unusable(folder: string, cause: unknown): SluiceError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new SluiceError("BACKEND_UNREACHABLE", {
    message:
      `The embedded store in ${folder} cannot be opened: ${reason}. ` +
      "Check that the folder can be written, or set SLUICE_HOME to another one.",
    facts: { folder, reason },
    cause,
  });
}
