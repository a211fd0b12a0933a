import type { SqlHost } from "./sql-host.ts";

/** What a process is to a store: its owner, or a client of it. */
export interface Role {
  readonly host: SqlHost;
  /** The process that hosts the database. */
  readonly ownerPid: number;
  /** True when other processes can use the store at the same time. */
  readonly isShared: boolean;
  /** Resolves when the database has gone. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}
