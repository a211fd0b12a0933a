// Backends
export type { Backend } from "./backend/backend.ts";
export type { BackendFact, BackendFacts, BackendTrouble } from "./backend/backend-facts.ts";
export { PAUSED, type PausedPipeline } from "./backend/pauses.ts";
export type { ConsumeOptions, Consumer, Disposition, QueueEntry, RunQueue } from "./backend/run-queue.ts";
export type {
  BatchRecord,
  Crash,
  Hold,
  RunDocument,
  RunPriority,
  RunRecord,
  StatusCounts,
} from "./backend/run-record.ts";
export type { NewRun, RunFilter, RunStore, StoredRun } from "./backend/run-store.ts";
export type { LockSettings } from "./backends/bull-settings.ts";
export { type OpenBackendOptions, openBackend } from "./backends/open-backend.ts";

// Client
export { type Approval, type ApproveRequest, approve } from "./client/approve.ts";
export {
  type CancelCounts,
  type CancelledRun,
  type CancelOptions,
  cancel,
  cancellable,
} from "./client/cancel.ts";
export { type Enqueued, type EnqueuedRun, type EnqueueRequest, enqueue } from "./client/enqueue.ts";
export { type Found, find } from "./client/find.ts";
export type { EnqueueItem } from "./client/new-run.ts";
export {
  pausePipeline,
  pauseQueue,
  type ResumedPipeline,
  resumePipeline,
  resumeQueue,
} from "./client/pause.ts";
export { countRuns, type QueueStatus, queueStatus } from "./client/queue-status.ts";
export { type ResultLine, resultLine, results } from "./client/results.ts";
export { type RetriedRun, retry } from "./client/retry.ts";
export { type BatchProgress, batchProgress, watchBatch } from "./client/watch.ts";

// Worker
export type { ClosedIntake } from "./worker/admit.ts";
export { createRegistry, type Registry } from "./worker/registry.ts";
export { GRACE_MS, startWorker, type Worker, type WorkerOptions } from "./worker/worker.ts";
