import { mkdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, SluiceError, systemClock } from "@sluice/core";
import type { Backend } from "../../backend/backend.ts";
import type { BackendFact } from "../../backend/backend-facts.ts";
import { defaultLock, type LockSettings } from "../bull-settings.ts";
import { LazyQueue } from "../lazy-queue.ts";
import { describeFolder } from "./embedded-facts.ts";
import { joinStore, type Member } from "./member.ts";
import { SharedStore } from "./shared-store.ts";
import { SqlCache } from "./sql-cache.ts";
import { SqlCell } from "./sql-cell.ts";
import { SqlCheckpoints } from "./sql-checkpoints.ts";
import { SqlDatabase } from "./sql-database.ts";
import { SqlEventLog } from "./sql-event-log.ts";
import { SqlRunStore } from "./sql-run-store.ts";

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
 * Opens the backend that needs nothing installed: PostgreSQL in a thread of a process, kept on disk. The first process
 * hosts it; on Linux others of the same user use it through a socket, and one of them takes over when the first ends.
 * Elsewhere one process uses it at a time.
 *
 * @throws SluiceError BACKEND_BUSY when another process has the folder open and does not share it.
 * @throws SluiceError BACKEND_UNREACHABLE when the folder cannot be used.
 */
export async function openEmbeddedBackend(options: EmbeddedBackendOptions): Promise<Backend> {
  const { home, clock = systemClock, lock = defaultLock } = options;
  const folder = await prepareFolder(home);
  const store = await SharedStore.open({ folder, clock, lock }).catch((cause: unknown) => {
    throw SluiceError.is(cause) ? cause : unusable(folder, cause);
  });
  const database = new SqlDatabase(store, folder);
  const events = new SqlEventLog(database, store);
  const membership = new Membership(folder);
  const memberId = () => membership.id();
  return {
    kind: "embedded",
    location: folder,
    get isShared() {
      return store.isShared;
    },
    runs: new SqlRunStore(database),
    queue: new LazyQueue(async () => {
      const { openEmbeddedQueue } = await import("./embedded-queue.ts");
      return openEmbeddedQueue({ store, database, lock, memberId });
    }),
    checkpoints: new SqlCheckpoints(database),
    cache: new SqlCache(database, clock),
    events,
    cell: (name) => new SqlCell(database, name, clock),
    describe: async () => [...hostFacts(store.ownerPid), ...(await describeFolder(folder))],
    close: async () => {
      events.close();
      await membership.end();
      await store.close();
    },
  };
}

/** This process as one that takes runs, from the first time it asks for its id. */
class Membership {
  readonly #folder: string;
  #member: Promise<Member> | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async id(): Promise<string> {
    this.#member ??= joinStore(this.#folder);
    return (await this.#member).id;
  }

  async end(): Promise<void> {
    const member = this.#member;
    this.#member = undefined;
    await (await member)?.leave();
  }
}

/** Says which other process hosts the database. */
function hostFacts(ownerPid: number | undefined): BackendFact[] {
  if (ownerPid === process.pid) return [];
  return [{ name: "hosted by", value: ownerPid === undefined ? "nobody yet" : `process ${ownerPid}` }];
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
