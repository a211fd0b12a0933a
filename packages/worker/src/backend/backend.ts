import type { CheckpointStore, ResponseCache, StateCell } from "@sluice/core";
import type { BackendFacts } from "./backend-facts.ts";
import type { EventLog } from "./event-log.ts";
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
  /** True when several processes may use it at the same time. */
  readonly isShared: boolean;
  readonly runs: RunStore;
  readonly queue: RunQueue;
  readonly checkpoints: CheckpointStore;
  readonly cache: ResponseCache;
  /** What happens to runs, for whoever watches. */
  readonly events: EventLog;
  /** A shared cell by name, such as an account's ledger; nobody lists or removes them. */
  cell(name: string): StateCell;
  /**
   * Looks at itself for `sluice doctor`.
   *
   * @throws SluiceError BACKEND_UNREACHABLE
   */
  describe(): Promise<BackendFacts>;
  /** Closes every connection. Resolves in bounded time even when the store is gone. */
  close(): Promise<void>;
}
