import type { CheckpointStore, ResponseCache, StateCell } from "@sluice/core";
import type { RunQueue } from "./run-queue.ts";
import type { RunStore } from "./run-store.ts";

/**
 * Where queue and shared state live. Implementations stand in `backends/`; each passes `backend.testsuite.ts`.
 *
 * It speaks of runs, not of connections: no driver type appears here, and nothing above it names a backend.
 */
export interface Backend {
  /** The word users see: `redis` or `embedded`. */
  readonly kind: string;
  /** Where it is, for people: a URL without password, or a folder. */
  readonly location: string;
  readonly runs: RunStore;
  readonly queue: RunQueue;
  readonly checkpoints: CheckpointStore;
  readonly cache: ResponseCache;
  /** A shared cell by name, such as an account's ledger; nobody lists or removes them. */
  cell(name: string): StateCell;
  /** Closes every connection. Resolves in bounded time even when the store is gone. */
  close(): Promise<void>;
}
