/** The right to open a folder's database; at most one process has it. */
export interface DirectoryLock {
  release(): Promise<void>;
}

/** What stands in the way of a lock. */
export interface Held {
  holderPid: number | undefined;
}
